// INVARIANTS
// 1. Sequences grow by one without gaps, and a sequence is bound to its content for ever: a redelivery is the same bytes again.
// 2. A report stays here until the control plane has acknowledged it.
import type { Report } from '@sluice/contracts';

/** A report before it has its sequence. */
export type UnsequencedReport = Report extends infer R ? (R extends Report ? Omit<R, 'sequence'> : never) : never;

export type ReportSpool = {
  add(report: UnsequencedReport): void;
  /** The oldest reports that wait, in the order of their sequence; empty when none does. */
  nextBatch(): readonly Report[];
  /** Forgets what is durable elsewhere: all up to this sequence. @returns what was forgotten */
  acknowledge(sequence: number): readonly Report[];
  /** How many reports wait. */
  size(): number;
};

const batchReportsMax = 100;

/** Keeps a device's reports in memory: a virtual device never dies. */
export function createReportSpool(): ReportSpool {
  let sequence = 0;
  let waiting: Report[] = [];
  return {
    add: (report) => {
      sequence += 1;
      waiting.push({ ...report, sequence } as Report);
    },
    nextBatch: () => waiting.slice(0, batchReportsMax),
    acknowledge: (acknowledged) => {
      const durable = waiting.filter((report) => report.sequence <= acknowledged);
      waiting = waiting.slice(durable.length);
      return durable;
    },
    size: () => waiting.length,
  };
}
