import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { artifactSteps } from './artifacts.mjs';
import { BootstrapError, explain } from './failures.mjs';
import { checkNpm, installStep } from './install.mjs';
import { createProgress } from './progress.mjs';
import { runTarget } from './run.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/**
 * What each command starts, and which artifacts it needs before.
 * @type {Record<string, {entry: string, artifacts: string[]}>}
 */
const COMMANDS = {
  start: { entry: 'apps/standalone/src/main.ts', artifacts: ['database client', 'console'] },
  demo: { entry: 'apps/demo/src/main.ts', artifacts: ['database client', 'console', 'agent'] },
  // The test run makes artifacts by itself, as steps that are counted.
  test: { entry: 'tools/test.ts', artifacts: [] },
  sim: { entry: 'bench/sim/main.ts', artifacts: [] },
  bench: { entry: 'bench/main.ts', artifacts: ['database client', 'agent'] },
};

/**
 * Brings the checkout up to date and runs the command's program on the Node that the lock file names.
 * @param {string[]} argv command and its arguments
 */
export async function main(argv) {
  const [name = '', ...args] = argv;
  const command = COMMANDS[name];
  if (command === undefined) {
    process.stderr.write(`usage: node tools/bootstrap.mjs <${Object.keys(COMMANDS).join('|')}> [arguments]\n`);
    process.exit(2);
  }
  const progress = createProgress({ stream: process.stderr, now: () => performance.now() });
  try {
    checkNpm();
    const steps = [installStep(ROOT), ...artifactSteps(ROOT).filter((step) => command.artifacts.includes(step.name))];
    for (const step of steps) {
      if (!step.isCurrent()) await progress.run(step.title, () => step.run());
    }
  } catch (error) {
    if (!(error instanceof BootstrapError)) throw error;
    process.stderr.write(`\n${explain(error)}\n`);
    // Continuous integration reads the last line of a test run, also of one that could not begin.
    if (name === 'test') process.stdout.write('0 passed, 1 failed\n');
    process.exit(1);
  }
  await runTarget({ root: ROOT, entry: join(ROOT, command.entry), args });
}
