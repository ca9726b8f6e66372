import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

/** One script of an example, as its CI system runs it: with bash, ended by the first error. */
export type ExampleScript = { name: string; script: string };

type GitHubWorkflow = { jobs: Record<string, { steps: { name?: string; run?: string }[] }> };
type GitLabFile = Record<string, { script: string[] }>;

const read = async <T>(name: string): Promise<T> =>
  parse(await readFile(new URL(`../../../../docs/examples/${name}`, import.meta.url), 'utf8')) as T;

/** The steps of the example for GitHub Actions, without the one that installs the command. */
export async function gitHubScripts(): Promise<ExampleScript[]> {
  const { jobs } = await read<GitHubWorkflow>('github-actions.yml');
  const steps = Object.values(jobs).flatMap((job) => job.steps);
  return steps.flatMap(({ name = '', run }) => (run === undefined || name === 'Install sluice' ? [] : [{ name, script: run }]));
}

/** The script of the example for GitLab CI, one piece: GitLab runs its lines in one shell. */
export async function gitLabScripts(): Promise<ExampleScript[]> {
  const { sluice } = await read<GitLabFile>('gitlab-ci.yml');
  return [{ name: 'script', script: sluice?.script.join('\n') ?? '' }];
}

const commands = fileURLToPath(new URL('../../../../node_modules/.bin', import.meta.url));

/** Runs a script in a folder. Never throws: the exit code is part of the answer. */
export function runScript(
  { script }: ExampleScript,
  { folder, environment }: { folder: string; environment: Record<string, string> },
): Promise<{ exitCode: number; output: string }> {
  const env = { ...environment, PATH: `${commands}:${process.env['PATH']}`, HOME: folder };
  return new Promise((resolve) => {
    execFile('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script], { cwd: folder, env }, (error, stdout, stderr) =>
      resolve({ exitCode: error === null ? 0 : Number(error.code ?? 1), output: stdout + stderr }),
    );
  });
}
