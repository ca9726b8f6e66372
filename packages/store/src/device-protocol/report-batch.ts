// INVARIANTS
// 1. A report counts exactly once by (device, sequence): the same again is acknowledged without effect.
// 2. The same sequence with other content means that two machines share one identity; then nothing of the batch counts.
import type { DeviceApproval, Report } from '@sluice/contracts';

/** A report with the SHA-256 of its canonical JSON. */
export type DigestedReport = { report: Report; digest: string };

/** Reports of one device that arrived together, in the order of their sequence, under a token of `epoch`. */
export type ReportBatch = { deviceId: string; organizationId: string; epoch: number; reports: readonly DigestedReport[] };

/** What is known of a device before its batch: `digests` are those of its stored reports with a sequence of the batch. */
export type ReportingDevice = {
  deviceId: string;
  name: string;
  approval: DeviceApproval;
  epoch: number;
  lastSequence: number;
  /** The newest revision that it can know of. */
  desiredRevision: number;
  digests: ReadonlyMap<number, string>;
};

export type ReportPlan =
  /** The token counts no more. */
  | { kind: 'revoked' }
  /** A sequence was seen before with other content. */
  | { kind: 'conflict'; sequence: number }
  /** Store these; all up to `acknowledged` is durable then. */
  | { kind: 'accepted'; fresh: readonly DigestedReport[]; acknowledged: number };

/** Decides what a batch means. Duplicates inside the batch are redeliveries, too. */
export function planReports(batch: ReportBatch, device: ReportingDevice | undefined): ReportPlan {
  if (device === undefined || device.approval !== 'approved' || device.epoch !== batch.epoch) return { kind: 'revoked' };
  const digests = new Map(device.digests);
  const fresh: DigestedReport[] = [];
  let acknowledged = 0;
  for (const each of batch.reports) {
    const { sequence } = each.report;
    const seen = digests.get(sequence);
    if (seen !== undefined && seen !== each.digest) return { kind: 'conflict', sequence };
    if (seen === undefined) fresh.push(each);
    digests.set(sequence, each.digest);
    acknowledged = Math.max(acknowledged, sequence);
  }
  return { kind: 'accepted', fresh, acknowledged };
}
