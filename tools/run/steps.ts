import { join } from 'node:path';

import { artifactSteps } from '../bootstrap/artifacts.mjs';
import { explain } from '../bootstrap/failures.mjs';
import { runCommand } from './command.ts';
import { checkOutcome, type Outcome } from './outcome.ts';
import { playwrightOutcome, vitestOutcome } from './report.ts';
import { CHROMIUM, createAptInstall, isExecutable, type Machine, provideChromium, provideRedis, REDIS } from './system-packages.ts';

export type StepContext = {
  root: string;
  /** Where the runners write their reports. */
  scratch: string;
  /** Environment of every command; a step may add to it what later steps need. */
  environment: NodeJS.ProcessEnv;
};

export type Step = {
  name: string;
  title: string;
  /** Share of the two cores that it keeps busy. */
  weight: 1 | 2;
  run: (context: StepContext) => Promise<Outcome & { output: string }>;
};

function module(context: StepContext, path: string): string {
  return join(context.root, 'node_modules', path);
}

async function runNode(context: StepContext, args: readonly string[], workingDirectory = context.root) {
  return runCommand({ command: process.execPath, args, environment: context.environment, workingDirectory });
}

function check(name: string, title: string, args: (context: StepContext) => readonly string[]): Step {
  return {
    name,
    title,
    weight: 1,
    run: async (context) => {
      const { exitCode, output } = await runNode(context, args(context));
      return { ...checkOutcome(exitCode), output };
    },
  };
}

function vitest(project: 'unit' | 'integration', title: string, weight: 1 | 2): Step {
  return {
    name: project,
    title,
    weight,
    run: async (context) => {
      const report = join(context.scratch, `${project}.json`);
      const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
      const args = [module(context, 'vitest/vitest.mjs'), 'run', '--project', project, ...reporters];
      const { exitCode, output } = await runNode(context, args);
      return { ...vitestOutcome(report, exitCode), output };
    },
  };
}

function machineOf(context: StepContext): Machine {
  const environment = { ...context.environment, DEBIAN_FRONTEND: 'noninteractive' };
  return {
    environment,
    isRoot: process.getuid?.() === 0,
    isExecutable,
    run: (command, args) => runCommand({ command, args, environment, workingDirectory: context.root }),
  };
}

/** Finds or installs what does not come from npm, one after the other because apt takes one caller at a time. */
const system: Step = {
  name: 'system',
  title: 'programs that npm does not bring: redis-server, chromium',
  // Alone: what comes after it needs all that comes before it.
  weight: 2,
  run: async (context) => {
    const machine = machineOf(context);
    const apt = createAptInstall(machine);
    const found = [
      { variable: REDIS.variable, ...(await provideRedis(machine, apt)) },
      { variable: CHROMIUM.variable, ...(await provideChromium(machine, apt, module(context, '@playwright/test/cli.js'))) },
    ];
    for (const { variable, path } of found) if (path !== undefined && path !== '') context.environment[variable] = path;
    const notes = found.flatMap(({ note }) => note ?? []);
    const missing = found.filter(({ path }) => path === undefined);
    const failed = missing.filter((each) => 'fatal' in each && each.fatal).length;
    const counts = { passed: found.length - missing.length, failed, skipped: missing.length - failed };
    return { ...counts, ...(notes.length > 0 ? { note: notes.join('; ') } : {}), output: notes.join('\n') };
  },
};

/** Makes artifacts as the other commands do before they start, each only when its sources have changed. */
function build(name: string, title: string, weight: 1 | 2, artifacts: readonly string[]): Step {
  return {
    name,
    title,
    weight,
    run: async (context) => {
      const steps = artifactSteps(context.root).filter((step) => artifacts.includes(step.name) && !step.isCurrent());
      const failures: string[] = [];
      for (const step of steps) await step.run().catch((error: unknown) => failures.push(explain(error)));
      const failed = failures.length;
      return { passed: artifacts.length - failed, failed, skipped: 0, output: failures.join('\n\n') };
    },
  };
}

/** Journeys of one Playwright project. The projects share nothing, and mostly wait, as integration tests do: two such steps fill two cores. */
function browser(project: 'console' | 'story', title: string): Step {
  return {
    name: project,
    title,
    weight: 1,
    run: async (context) => {
      const report = join(context.scratch, `${project}.json`);
      const compiled = join(context.root, 'node_modules/.cache/sluice/compiled');
      const environment = { ...context.environment, PLAYWRIGHT_JSON_OUTPUT_FILE: report, NODE_COMPILE_CACHE: compiled };
      const only = [`--project=${project}`, `--output=test-results/${project}`];
      const { exitCode, output } = await runCommand({
        command: process.execPath,
        args: [module(context, '@playwright/test/cli.js'), 'test', '--reporter=list,json', ...only],
        environment,
        workingDirectory: join(context.root, 'e2e'),
      });
      return { ...playwrightOutcome(report, exitCode), output };
    },
  };
}

/** Steps that another one needs, and which `--only` therefore adds. */
export const PREREQUISITES: Record<string, readonly string[]> = {
  types: ['client'],
  unused: ['client'],
  unit: ['client'],
  integration: ['client', 'build', 'system'],
  console: ['client', 'build', 'system'],
  story: ['client', 'build', 'system'],
};

/** All steps, in the order in which they start: what is quick and most often wrong first, real processes last. */
export const STEPS: readonly Step[] = [
  build('client', 'database client', 2, ['database client']),
  check('lint', 'format and lint', (context) => [module(context, '@biomejs/biome/bin/biome'), 'check', '.']),
  check('types', 'types of every workspace', (context) => [
    module(context, 'turbo/bin/turbo'),
    'run',
    'typecheck',
    'typecheck:node',
    '--continue',
    '--output-logs=errors-only',
    '--concurrency=2',
  ]),
  check('imports', 'direction of imports', () => ['tools/imports.ts']),
  check('style', 'style of sources and documents', () => ['tools/style.ts']),
  check('unused', 'unused files, exports and dependencies', (context) => [module(context, 'knip/bin/knip.js'), '--no-progress']),
  vitest('unit', 'unit tests', 1),
  build('build', 'console and agent', 1, ['console', 'agent']),
  system,
  vitest('integration', 'integration tests', 1),
  browser('story', 'the story of the demo, watched in a browser'),
  browser('console', 'journeys through the console and the editor in a browser'),
];
