import { statSync } from 'node:fs';
import { join } from 'node:path';
import { npmCommand, runCommand } from './command.mjs';
import { BootstrapError } from './failures.mjs';
import { createStamp, fingerprint } from './fingerprint.mjs';

/**
 * @typedef {{name: string, title: string, isCurrent(): boolean, run(): Promise<void>}} Step
 * @typedef {{name: string, title: string, inputs: string[], output: string, command: (root: string) => {command: string, args: string[]}}} Artifact
 */

/** @param {string} workspace */
function npmBuild(workspace) {
  return () => {
    const { command, prefix } = npmCommand();
    return { command, args: [...prefix, 'run', 'build', '-w', workspace] };
  };
}

/** Everything that is made from sources before a program can run. @type {Artifact[]} */
const ARTIFACTS = [
  {
    name: 'database client',
    title: 'generating the database client',
    inputs: ['prisma/schema.prisma', 'prisma.config.ts', 'packages/store/package.json'],
    output: 'packages/store/src/generated/client.ts',
    command: (root) => ({
      command: join(root, 'node_modules/.bin/node'),
      args: [join(root, 'node_modules/prisma/build/index.js'), 'generate'],
    }),
  },
  {
    name: 'console',
    title: 'building the console',
    inputs: ['apps/console', 'packages/contracts', 'packages/ledger', 'packages/snapshot', 'package-lock.json'],
    output: 'apps/console/dist/index.html',
    command: npmBuild('@sluice/console'),
  },
  {
    name: 'agent',
    title: 'building the agent',
    inputs: [
      'apps/agent',
      'packages/contracts',
      'packages/platform',
      'packages/trust',
      'packages/ledger',
      'packages/probe',
      'package-lock.json',
    ],
    output: 'apps/agent/dist/sluice-agent.mjs',
    command: npmBuild('@sluice/agent'),
  },
];

/**
 * @param {string} root
 * @param {Artifact} artifact
 * @returns {Step}
 */
function artifactStep(root, artifact) {
  const stamp = createStamp(root, artifact.name);
  const wanted = () => fingerprint(root, artifact.inputs);
  const exists = () => statSync(join(root, artifact.output), { throwIfNoEntry: false }) !== undefined;
  return {
    name: artifact.name,
    title: artifact.title,
    isCurrent: () => exists() && stamp.read() === wanted(),
    async run() {
      // Taken before the build: a source that changes meanwhile is built again next time.
      const inputs = wanted();
      stamp.clear();
      await runCommand({ root, ...artifact.command(root), failure: `${artifact.title} failed` });
      if (!exists()) throw new BootstrapError(`${artifact.title} ended well but ${artifact.output} is missing`);
      stamp.write(inputs);
    },
  };
}

/**
 * @param {string} root
 * @returns {Step[]}
 */
export function artifactSteps(root) {
  return ARTIFACTS.map((artifact) => artifactStep(root, artifact));
}
