// Reads the JSON reports of the two test runners. Both are files written by another program, so nothing about them is taken for granted.
import { readFileSync } from 'node:fs';

import type { Outcome } from './outcome.ts';

type Json = Record<string, unknown>;

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readJson(path: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function count(report: Json, key: string): number {
  const value = report[key];
  return typeof value === 'number' ? value : 0;
}

/** A runner that reports success and fails, or reports nothing, has failed once more than it says. */
function withExitCode(outcome: Outcome, exitCode: number | null): Outcome {
  const silentFailure = exitCode !== 0 && outcome.failed === 0;
  const empty = exitCode === 0 && outcome.passed + outcome.failed + outcome.skipped === 0;
  return silentFailure || empty ? { ...outcome, failed: 1, note: empty ? 'no test was found' : 'the runner itself failed' } : outcome;
}

/** Counts the tests of a vitest run; a file that could not be loaded counts as one failed test. */
export function vitestOutcome(reportPath: string, exitCode: number | null): Outcome {
  const report = readJson(reportPath);
  if (report === undefined) return { passed: 0, failed: 1, skipped: 0, note: 'the runner wrote no report' };
  const files = Array.isArray(report['testResults']) ? report['testResults'].filter(isObject) : [];
  const unloadable = files.filter(
    (file) => file['status'] === 'failed' && Array.isArray(file['assertionResults']) && file['assertionResults'].length === 0,
  );
  const outcome = {
    passed: count(report, 'numPassedTests'),
    failed: count(report, 'numFailedTests') + unloadable.length,
    skipped: count(report, 'numPendingTests') + count(report, 'numTodoTests'),
  };
  return withExitCode(outcome, exitCode);
}

/** Counts the tests of a Playwright run; a flaky test has failed, since a passing retry proves nothing. */
export function playwrightOutcome(reportPath: string, exitCode: number | null): Outcome {
  const report = readJson(reportPath);
  const stats = report?.['stats'];
  if (!isObject(stats)) return { passed: 0, failed: 1, skipped: 0, note: 'the runner wrote no report' };
  const outcome = {
    passed: count(stats, 'expected'),
    failed: count(stats, 'unexpected') + count(stats, 'flaky'),
    skipped: count(stats, 'skipped'),
  };
  return withExitCode(outcome, exitCode);
}
