// INVARIANTS
// 1. The journal holds a state before its step begins. A step may have run before, in part or whole.
// 2. One update at a time. Before the switch a newer assignment ends it, in probation it sends it back, afterwards it waits.
// 3. Whatever a step throws becomes an outcome: no error ends the updater.
import type { Assignment } from '@sluice/contracts';
import { TrustError } from '@sluice/trust';
import type { Journal } from '../durable/journal.ts';
import { AgentError, describeError } from '../errors.ts';
import { withDiskFull } from '../install/disk.ts';
import type { Installation } from '../install/installation.ts';
import { createWakeUp } from '../wake-up.ts';
import type { Step, UpdateContext } from './context.ts';
import { decide, recover, type StepOutcome } from './decide.ts';
import { deploymentReport } from './deployment-reports.ts';
import { idleRecord, type JournalRecord } from './record.ts';
import { isHarmless, isResting, type UpdateState } from './states.ts';
import { collect, enterSafeMode, report } from './steps/finish.ts';
import { check, download, preflight, reserveDisk, stage, verify } from './steps/prepare.ts';
import { activate, commit, probation, rollBack, rolledBack, verifyRollback } from './steps/switch.ts';
import { waitWindow } from './steps/wait-window.ts';

const steps: Record<Exclude<UpdateState, 'IDLE' | 'SAFE_MODE'>, Step> = {
  CHECK: check,
  VERIFY: verify,
  RESERVE_DISK: reserveDisk,
  DOWNLOAD: download,
  STAGE: stage,
  PREFLIGHT: preflight,
  WAIT_WINDOW: waitWindow,
  ACTIVATE: activate,
  PROBATION: probation,
  COMMIT: commit,
  REPORT: report,
  GC: collect,
  ROLL_BACK: rollBack,
  VERIFY_ROLLBACK: verifyRollback,
  ROLLED_BACK: rolledBack,
};

const writeRetryMs = 5_000;

export type Updater = {
  /** Reads the journal, decides where to go on, and starts what shall run. Needs no network. */
  boot(): Promise<void>;
  /** Hands over a verified assignment; the newest wins. */
  offer(assignment: Assignment): void;
  /** Asks to go back because the committed release keeps dying. */
  giveUp(installation: Installation): void;
  record(): JournalRecord;
  run(signal: AbortSignal): Promise<void>;
};

/** The outcome of an error that a step threw. */
export function outcomeOfError(thrown: unknown): StepOutcome {
  const error = withDiskFull(thrown);
  const message = describeError(error);
  if (error instanceof TrustError) return { kind: 'failed', outcome: 'rejected', failure: { code: error.code, message } };
  const code = error instanceof AgentError ? error.code : 'INTERNAL';
  return { kind: 'failed', outcome: 'failed', failure: { code, message } };
}

function sameTarget(left: Assignment, right: Assignment): boolean {
  return left.releaseDigest === right.releaseDigest && left.configurationDigest === right.configurationDigest;
}

export function createUpdater(context: UpdateContext, journal: Journal<JournalRecord>): Updater {
  let record = journal.last() ?? idleRecord;
  let offered: Assignment | undefined;
  let givenUp: Installation | undefined;
  let abortStep: ((reason: unknown) => void) | undefined;
  /** The record with which safe mode was entered in this process. */
  let safeMode: JournalRecord | undefined;
  const wake = createWakeUp();

  const isSuperseded = (): boolean =>
    offered !== undefined &&
    record.assignment !== null &&
    offered.revision > record.assignment.revision &&
    !sameTarget(offered, record.assignment);

  const newest = (): Assignment | null => {
    const { assignment } = record;
    const isAnew =
      offered !== undefined && assignment !== null && offered.revision >= assignment.revision && sameTarget(offered, assignment);
    return isAnew ? (offered ?? null) : assignment;
  };
  /** A device that waits for its window goes back at once when what runs keeps ending; afterwards it could be too late. */
  const endWaiting = async (loop: Installation): Promise<void> => {
    const previous = await context.installations.previous();
    if (previous === null || previous === loop.name || record.state !== 'WAIT_WINDOW') return;
    abortStep?.(
      new AgentError('RUNTIME_CRASH_LOOP', `${loop.releaseName}, which runs now, keeps ending by itself; the device goes back first.`),
    );
  };

  const enter = async (next: JournalRecord): Promise<void> => {
    await journal.append(next);
    if (next.state !== record.state) context.log.info({ from: record.state, to: next.state, failure: next.failure ?? undefined }, 'update');
    record = next;
  };
  const tell = async (): Promise<void> => {
    // Progress of an interrupted try was told before; how it ended is told at least once.
    const isEnd = record.state === 'REPORT' || record.state === 'SAFE_MODE';
    const pending = record.boots > 0 && !isEnd ? undefined : deploymentReport(record);
    if (pending !== undefined) await context.reporter.deployment(pending);
    if (isEnd && record.outcome === 'rejected' && record.failure !== null) {
      const refusal = { code: record.failure.code as TrustError['code'], detail: record.failure.message };
      await context.reporter.refusal({ ...refusal, revision: record.assignment?.revision ?? 0 });
    }
  };
  const runStep = async (step: Step, shutdown: AbortSignal): Promise<StepOutcome | undefined> => {
    const controller = new AbortController();
    const forward = (): void => controller.abort(shutdown.reason);
    shutdown.addEventListener('abort', forward, { once: true });
    abortStep = isHarmless(record.state) ? (reason) => controller.abort(reason) : undefined;
    try {
      return await step(context, { record, signal: controller.signal, isSuperseded, newest });
    } catch (error) {
      if (shutdown.aborted) return undefined;
      return outcomeOfError(controller.signal.aborted ? controller.signal.reason : error);
    } finally {
      shutdown.removeEventListener('abort', forward);
      abortStep = undefined;
    }
  };
  /** Carries the update on until it rests; false when the agent ends before that. */
  const carryOn = async (shutdown: AbortSignal): Promise<boolean> => {
    for (;;) {
      if (shutdown.aborted) return false;
      const { state } = record;
      if (state === 'IDLE' || safeMode === record) return true;
      await tell();
      if (state === 'SAFE_MODE') {
        safeMode = record;
        await enterSafeMode(context, record);
        return true;
      }
      const outcome = await runStep(steps[state], shutdown);
      if (outcome === undefined) return false;
      await enter(decide(record, outcome));
    }
  };
  const beginNext = async (): Promise<boolean> => {
    const committed = context.trust.read().committed;
    if (givenUp !== undefined && givenUp.name === committed) {
      const from = await context.installations.previous();
      const loop = givenUp;
      givenUp = undefined;
      if (from !== null && from !== loop.name) {
        const message = `${loop.releaseName} kept ending by itself.`;
        await enter({ ...idleRecord, state: 'ROLL_BACK', target: loop.name, from, failure: { code: 'RUNTIME_CRASH_LOOP', message } });
        return true;
      }
      await context.reporter.event(
        'error',
        'RUNTIME_CRASH_LOOP',
        `${loop.releaseName} keeps ending by itself and there is no release before it.`,
      );
    }
    if (offered === undefined || offered.revision <= context.trust.read().reconciledRevision) return false;
    await enter({ ...idleRecord, state: 'CHECK', assignment: offered, from: committed });
    return true;
  };

  return {
    boot: async () => {
      const current = await context.installations.current();
      const recovered = recover(journal.last(), { current, committed: context.trust.read().committed });
      if (journal.damaged)
        await context.reporter.event('warning', 'JOURNAL_REPAIRED', 'The end of the journal was damaged and was cut off.');
      await enter(recovered);
      const installation = current === null ? undefined : await context.installations.read(current);
      await context.supervisor.boot(installation ?? null, recovered.state === 'ACTIVATE' ? recovered.target : null);
    },
    offer: (assignment) => {
      if (offered !== undefined && offered.revision > assignment.revision) return;
      offered = assignment;
      if (isSuperseded()) abortStep?.(new AgentError('SUPERSEDED', 'Something else was assigned before the switch.'));
      wake.raise();
    },
    giveUp: (installation) => {
      givenUp = installation;
      wake.raise();
      endWaiting(installation).catch((error: unknown) => context.log.error({ error: describeError(error) }, 'could not end the wait'));
    },
    record: () => record,
    run: async (signal) => {
      while (!signal.aborted) {
        try {
          if ((await carryOn(signal)) && !(await beginNext())) await wake.wait(signal);
        } catch (error) {
          // The journal or the spool could not be written: nothing may happen before they can.
          context.log.error({ error: describeError(error), state: record.state }, 'the update cannot go on; trying again');
          await context.clock.sleep(writeRetryMs, signal).catch(() => undefined);
        }
      }
      // An agent that ended in good order was not killed by what it was doing.
      if (!isResting(record.state)) await journal.append({ ...record, boots: Math.max(-1, record.boots - 1) });
    },
  };
}
