import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { moduleResolverErrorOf, type NpmExit } from './npm-failure.ts';

export type NpmOptions = {
  /** npm's executable: a path, or a name to look for in PATH. */
  npm: string;
  /** The environment npm runs in; only what npm itself reads is passed on, never this process's secrets. */
  environment: Readonly<Record<string, string | undefined>>;
  /** Milliseconds after which npm is killed; default 2 minutes. */
  timeoutMs?: number;
};

/**
 * Runs npm in a folder and gives what it printed.
 * @throws ModuleResolverError
 */
export type NpmCall = (folder: string, args: readonly string[]) => Promise<string>;

const outputBytesMax = 16 * 1024 * 1024;
const passedOn =
  /^(PATH|HOME|USER|TMPDIR|LANG|LC_ALL|NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|npm_config_.*|NPM_CONFIG_.*|(https?|no|all)_proxy|(HTTPS?|NO|ALL)_PROXY)$/;
// Scripts of modules never run here, and nothing but a registry is asked.
const commonArguments = [
  '--ignore-scripts',
  '--no-audit',
  '--no-fund',
  '--prefer-offline',
  '--no-workspaces',
  '--fetch-retries=1',
  '--fetch-retry-mintimeout=500',
  '--json',
];

export function createNpmCall(options: NpmOptions): NpmCall {
  const env = Object.fromEntries(Object.entries(options.environment).filter(([name]) => passedOn.test(name)));
  return (folder, args) =>
    new Promise((resolve, reject) => {
      const settings = {
        cwd: folder,
        env,
        timeout: options.timeoutMs ?? 120_000,
        killSignal: 'SIGKILL' as const,
        maxBuffer: outputBytesMax,
      };
      execFile(options.npm, [...args, ...commonArguments], settings, (error, stdout, stderr) => {
        if (error === null) return resolve(stdout);
        if (error.code === 'ENOENT') return reject(new Error(`npm was not found (${options.npm}): set SLUICE_NPM`, { cause: error }));
        const exit: NpmExit = { code: error.code ?? null, stdout, stderr, timedOut: error.killed === true };
        try {
          reject(moduleResolverErrorOf(exit));
        } catch (unexpected) {
          reject(unexpected);
        }
      });
    });
}

/** Does work in a temporary folder that is gone afterwards. */
export async function inTemporaryFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-modules-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
