// INVARIANTS
// 1. A batch is answered only after the transaction that holds it is committed.
// 2. Batches of one device are handled one after another, in the order of their arrival.
// 3. Nobody waits for the queue: a report counts when it is committed, and the worker's sweep finds what no hint told it.
// 4. A batch that cannot be stored fails alone: the others of its group are tried again without it.
import type { Clock, Log } from '@sluice/platform';
import { type IngestedReports, type ReportBatch, type ReportOutcome, StoreUnavailableError } from '@sluice/store';
import { createHintGiver, type HintGiver } from './hint-giver.ts';

export type ReportIntakeOptions = {
  /** Makes batches of different devices durable in one transaction. */
  commit: (batches: readonly ReportBatch[]) => Promise<IngestedReports>;
  /** Called after the commit for each rollout that the worker should look at. */
  onRollout: (rolloutId: string) => Promise<void>;
  clock: Pick<Clock, 'setTimer'>;
  log: Pick<Log, 'warn'>;
  /** How long a batch waits for others when nothing is being written. */
  delayMs: number;
  groupSizeMax: number;
  /** Groups being written at once. */
  concurrencyMax: number;
  /** Batches that may wait; more are refused. */
  queueSizeMax: number;
};

export type ReportIntake = {
  /** @throws ReportIntakeFullError, StoreUnavailableError, or what the batch itself is refused with */
  submit(batch: ReportBatch): Promise<ReportOutcome>;
};

/** More reports wait than can be stored soon. */
export class ReportIntakeFullError extends Error {
  override readonly name = 'ReportIntakeFullError';
}

type Pending = { batch: ReportBatch; resolve: (outcome: ReportOutcome) => void; reject: (error: unknown) => void };

/** Writes the reports of many devices together: one commit for all that arrived within a few milliseconds, or while another was being written. */
export function createReportIntake(options: ReportIntakeOptions): ReportIntake {
  const waiting = new Set<Pending>();
  const busyDevices = new Set<string>();
  const hints = createHintGiver(options.onRollout, options.log);
  let writing = 0;
  let timerArmed = false;

  /** The next group: at most one batch of each device, and none of a device that is being written. */
  const takeGroup = (): Pending[] => {
    const group: Pending[] = [];
    for (const pending of waiting) {
      if (group.length >= options.groupSizeMax) break;
      if (busyDevices.has(pending.batch.deviceId)) continue;
      busyDevices.add(pending.batch.deviceId);
      waiting.delete(pending);
      group.push(pending);
    }
    return group;
  };
  const write = async (group: readonly Pending[]): Promise<void> => {
    writing += 1;
    await commitGroup(options, hints, group);
    for (const { batch } of group) busyDevices.delete(batch.deviceId);
    writing -= 1;
    startGroups();
  };
  const startGroups = (): void => {
    while (!timerArmed && writing < options.concurrencyMax) {
      const group = takeGroup();
      if (group.length === 0) return;
      void write(group);
    }
  };
  const arm = (): void => {
    if (timerArmed || writing >= options.concurrencyMax) return;
    timerArmed = true;
    options.clock.setTimer(options.delayMs, () => {
      timerArmed = false;
      startGroups();
    });
  };
  return {
    submit: (batch) => {
      if (waiting.size >= options.queueSizeMax) return Promise.reject(new ReportIntakeFullError('too many reports wait'));
      const { promise, resolve, reject } = Promise.withResolvers<ReportOutcome>();
      waiting.add({ batch, resolve, reject });
      arm();
      return promise;
    },
  };
}

async function commitGroup(options: ReportIntakeOptions, hints: HintGiver, group: readonly Pending[]): Promise<void> {
  try {
    const { outcomes, rolloutIds } = await options.commit(group.map(({ batch }) => batch));
    group.forEach(({ resolve, reject }, index) => {
      const outcome = outcomes[index];
      if (outcome === undefined) reject(new Error('a batch of reports was left out'));
      else resolve(outcome);
    });
    hints.give(rolloutIds);
  } catch (error) {
    const [only] = group;
    if (group.length === 1 || error instanceof StoreUnavailableError) {
      for (const { reject } of group) reject(error);
      return;
    }
    options.log.warn(
      { err: error, devices: group.length, first: only?.batch.deviceId },
      'a group of reports could not be stored: one by one',
    );
    for (const pending of group) await commitGroup(options, hints, [pending]);
  }
}
