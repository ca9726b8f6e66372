import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { withCheckout } from '../source/testing/checkout.ts';
import { readTestArguments } from './arguments.ts';
import { runCommand } from './command.ts';
import { summaryLine } from './outcome.ts';
import { playwrightOutcome, vitestOutcome } from './report.ts';
import { runScheduled } from './schedule.ts';

function withReport<T>(report: unknown, use: (path: string) => T): T {
  return withCheckout({}, (root) => {
    const path = join(root, 'report.json');
    if (report !== undefined) writeFileSync(path, typeof report === 'string' ? report : JSON.stringify(report));
    return use(path);
  });
}

describe('vitestOutcome', () => {
  const green = { numPassedTests: 12, numFailedTests: 0, numPendingTests: 2, numTodoTests: 1, testResults: [] };
  it.each([
    ['all pass', green, 0, { passed: 12, failed: 0, skipped: 3 }],
    ['some fail', { ...green, numFailedTests: 2 }, 1, { passed: 12, failed: 2, skipped: 3 }],
    [
      'a file could not be loaded',
      { ...green, testResults: [{ status: 'failed', assertionResults: [] }] },
      1,
      { passed: 12, failed: 1, skipped: 3 },
    ],
    ['all pass but the runner fails', green, 1, { passed: 12, failed: 1, skipped: 3 }],
    ['the runner is killed', green, null, { passed: 12, failed: 1, skipped: 3 }],
    ['no test was found', { testResults: [] }, 0, { passed: 0, failed: 1, skipped: 0 }],
    ['there is no report', undefined, 0, { passed: 0, failed: 1, skipped: 0 }],
    ['the report is broken', '{"numPassed', 0, { passed: 0, failed: 1, skipped: 0 }],
  ])('when %s, it counts so', (_, report, exitCode, expected) => {
    expect(withReport(report, (path) => vitestOutcome(path, exitCode))).toMatchObject(expected);
  });
});

describe('playwrightOutcome', () => {
  it.each([
    ['all pass', { expected: 3, unexpected: 0, flaky: 0, skipped: 0 }, 0, { passed: 3, failed: 0, skipped: 0 }],
    ['one is flaky', { expected: 2, unexpected: 0, flaky: 1, skipped: 0 }, 0, { passed: 2, failed: 1, skipped: 0 }],
    ['one fails', { expected: 2, unexpected: 1, flaky: 0, skipped: 0 }, 1, { passed: 2, failed: 1, skipped: 0 }],
    ['none ran', { expected: 0, unexpected: 0, flaky: 0, skipped: 0 }, 0, { passed: 0, failed: 1, skipped: 0 }],
  ])('when %s, it counts so', (_, stats, exitCode, expected) => {
    expect(withReport({ stats }, (path) => playwrightOutcome(path, exitCode))).toMatchObject(expected);
  });
});

describe('summaryLine', () => {
  it('when steps are summed up, skipped ones do not count', () => {
    expect(
      summaryLine([
        { passed: 1, failed: 0, skipped: 4 },
        { passed: 40, failed: 2, skipped: 0 },
      ]),
    ).toBe('41 passed, 2 failed');
  });
});

describe('readTestArguments', () => {
  const names = ['lint', 'unit', 'e2e'];
  it('when steps are named, they are returned', () => {
    expect(readTestArguments(['--only', 'lint,unit'], names)).toEqual({ only: ['lint', 'unit'], list: false });
    expect(readTestArguments([], names)).toEqual({ only: undefined, list: false });
  });
  it.each([[['--only', 'lnt']], [['--only']], [['--fast']], [['unit']]])('when the arguments are %j, they are refused', (argv) => {
    expect(() => readTestArguments(argv, names)).toThrow(/unknown/);
  });
});

describe('runScheduled', () => {
  async function observe(weights: readonly number[]) {
    const events: string[] = [];
    const release: (() => void)[] = [];
    const tasks = weights.map((weight, index) => ({ weight, index }));
    const done = runScheduled(tasks, 2, async ({ index }) => {
      events.push(`+${index}`);
      await new Promise<void>((resolve) => release.push(resolve));
      events.push(`-${index}`);
      return index;
    });
    for (let finished = 0; finished < weights.length; finished += 1) {
      while (release.length <= finished) await new Promise((resolve) => setImmediate(resolve));
      release[finished]?.();
      await new Promise((resolve) => setImmediate(resolve));
    }
    return { results: await done, events: events.join(' ') };
  }

  it('when tasks are light, two run at once and results keep the order', async () => {
    expect(await observe([1, 1, 1])).toEqual({ results: [0, 1, 2], events: '+0 +1 -0 +2 -1 -2' });
  });

  it('when a task is heavy, it runs alone and is not overtaken', async () => {
    expect((await observe([1, 2, 1])).events).toBe('+0 -0 +1 -1 +2 -2');
  });
});

describe('runCommand', () => {
  const run = (command: string, ...args: string[]) => runCommand({ command, args, environment: process.env, workingDirectory: '.' });
  it('when a command ends, its exit code and both outputs are returned', async () => {
    expect(await run(process.execPath, '-e', 'console.log("out"); console.error("err"); process.exitCode = 3')).toEqual({
      exitCode: 3,
      output: expect.stringMatching(/out[\s\S]*err|err[\s\S]*out/),
    });
  });
  it('when the executable is missing, it fails without an exit code', async () => {
    expect(await run('./no-such-program')).toEqual({ exitCode: null, output: expect.stringContaining('ENOENT') });
  });
});
