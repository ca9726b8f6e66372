// `npm test`: runs every check and every test there is and ends with the line `N passed, N failed`.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { readTestArguments } from './run/arguments.ts';
import { killCommands } from './run/command.ts';
import { type StepResult, summaryLine } from './run/outcome.ts';
import { runScheduled } from './run/schedule.ts';
import { PREREQUISITES, STEPS, type Step, type StepContext } from './run/steps.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CORES = 2;
let interrupted = false;
const NAME_WIDTH = Math.max(...STEPS.map(({ name }) => name.length));

const INTERRUPTED = { passed: 0, failed: 1, skipped: 0, note: 'interrupted', output: '' };

function describe(result: StepResult): string {
  const counts = result.passed + result.failed + result.skipped > 1 || result.skipped > 0;
  const parts = counts ? [`${result.passed} passed`] : [];
  if (result.failed > 0) parts.push(counts ? `${result.failed} failed` : 'failed');
  if (result.skipped > 0) parts.push(`${result.skipped} skipped`);
  if (result.note !== undefined) parts.push(result.note);
  const seconds = `${(result.elapsedMs / 1000).toFixed(1)} s`.padStart(8);
  return `${result.failed > 0 ? '✘' : '✔'} ${result.name.padEnd(NAME_WIDTH)} ${seconds}  ${parts.join(', ')}`.trimEnd();
}

async function runStep(step: Step, context: StepContext): Promise<StepResult> {
  const startedAt = performance.now();
  const outcome = interrupted ? INTERRUPTED : await step.run(context);
  const result = { ...outcome, name: step.name, elapsedMs: performance.now() - startedAt };
  process.stdout.write(`${describe(result)}\n`);
  if (result.failed > 0) process.stdout.write(`${result.output.trimEnd().replaceAll(/^/gm, '    ')}\n`);
  return result;
}

function chosenSteps(only: readonly string[] | undefined): readonly Step[] {
  if (only === undefined) return STEPS;
  const wanted = new Set([...only, ...only.flatMap((name) => PREREQUISITES[name] ?? [])]);
  return STEPS.filter(({ name }) => wanted.has(name));
}

async function main(): Promise<number> {
  const { only, list } = readTestArguments(
    process.argv.slice(2),
    STEPS.map(({ name }) => name),
  );
  if (list) {
    process.stdout.write(`${STEPS.map(({ name, title }) => `${name.padEnd(NAME_WIDTH)}  ${title}`).join('\n')}\n`);
    return 0;
  }
  const scratch = join(ROOT, 'node_modules/.cache/sluice/test');
  rmSync(scratch, { recursive: true, force: true });
  mkdirSync(scratch, { recursive: true });
  const context: StepContext = { root: ROOT, scratch, environment: { ...process.env, FORCE_COLOR: undefined, NO_COLOR: '1' } };
  const results = await runScheduled(chosenSteps(only), CORES, (step) => runStep(step, context));
  process.stdout.write(`${summaryLine(results)}\n`);
  return results.some(({ failed }) => failed > 0) ? 1 : 0;
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    interrupted = true;
    killCommands('SIGTERM');
  });
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
