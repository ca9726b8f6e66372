/** What a step of the test run amounts to. A plain check counts as one; a test runner counts its tests. */
export type Outcome = {
  passed: number;
  failed: number;
  skipped: number;
  /** Shown beside the name, e.g. why something was skipped. */
  note?: string;
};

export type StepResult = Outcome & { name: string; elapsedMs: number; output: string };

/** The outcome of a check that either holds or does not. */
export function checkOutcome(exitCode: number | null): Outcome {
  return exitCode === 0 ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 };
}

/** The last line of a run, on which continuous integration relies. */
export function summaryLine(results: readonly Outcome[]): string {
  const sum = (pick: (outcome: Outcome) => number): number => results.reduce((total, outcome) => total + pick(outcome), 0);
  return `${sum(({ passed }) => passed)} passed, ${sum(({ failed }) => failed)} failed`;
}
