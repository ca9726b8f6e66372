// INVARIANTS
// 1. Before ACTIVATE a failure touches nothing that runs. From ACTIVATE on it always leads back to what ran before.
// 2. From every state some end (IDLE or SAFE_MODE) is reached in a bounded number of steps, however often the agent is killed.
// 3. Only COMMIT makes a release the one to go back to.
import type { Failure, JournalRecord, UpdateOutcome } from './record.ts';
import { isHarmless, type UpdateState } from './states.ts';

/** What a step found out for the steps after it. */
export type RecordPatch = Partial<Pick<JournalRecord, 'assignment' | 'target' | 'from' | 'method' | 'cutOverMs' | 'baseline'>>;

/** How a step ended. */
export type StepOutcome =
  /** `proved`: what runs is what ran before under another name, so there is nothing to prove. */
  | { kind: 'done'; patch?: RecordPatch; proved?: boolean }
  /** The target runs already, or nothing shall run and nothing does. */
  | { kind: 'nothing_to_do'; outcome: 'succeeded' | 'none' }
  /** Nothing shall run: there is nothing to fetch or prove. */
  | { kind: 'run_nothing' }
  | { kind: 'failed'; failure: Failure; outcome: 'failed' | 'rejected' };

const onward: Record<UpdateState, UpdateState> = {
  IDLE: 'CHECK',
  CHECK: 'VERIFY',
  VERIFY: 'RESERVE_DISK',
  RESERVE_DISK: 'DOWNLOAD',
  DOWNLOAD: 'STAGE',
  STAGE: 'PREFLIGHT',
  PREFLIGHT: 'WAIT_WINDOW',
  WAIT_WINDOW: 'ACTIVATE',
  ACTIVATE: 'PROBATION',
  PROBATION: 'COMMIT',
  COMMIT: 'REPORT',
  REPORT: 'GC',
  GC: 'IDLE',
  ROLL_BACK: 'VERIFY_ROLLBACK',
  VERIFY_ROLLBACK: 'ROLLED_BACK',
  ROLLED_BACK: 'REPORT',
  SAFE_MODE: 'SAFE_MODE',
};

const outcomeOnDone: Partial<Record<UpdateState, UpdateOutcome>> = { COMMIT: 'succeeded', ROLLED_BACK: 'rolled_back' };

/** An agent that died so often in one state is likely to be killed by it. */
export const bootsMax = 3;

function enter(record: JournalRecord, state: UpdateState, change: Partial<JournalRecord> = {}): JournalRecord {
  return { ...record, ...change, state, boots: 0 };
}

function afterFailure(record: JournalRecord, failure: Failure, outcome: 'failed' | 'rejected'): JournalRecord {
  if (isHarmless(record.state)) return enter(record, 'REPORT', { failure, outcome });
  switch (record.state) {
    case 'ACTIVATE':
    case 'PROBATION':
    case 'COMMIT':
      return enter(record, 'ROLL_BACK', { failure });
    case 'ROLL_BACK':
    case 'VERIFY_ROLLBACK':
    case 'ROLLED_BACK':
      return enter(record, 'SAFE_MODE', { failure: record.failure ?? failure, outcome: 'rollback_failed' });
    default:
      // REPORT and GC: what they could not do is done by the next update or the next start.
      return enter(record, onward[record.state]);
  }
}

/** The record of the state that follows when the step of `record.state` has ended so. Pure. */
export function decide(record: JournalRecord, step: StepOutcome): JournalRecord {
  switch (step.kind) {
    case 'failed':
      return afterFailure(record, step.failure, step.outcome);
    case 'nothing_to_do':
      return enter(record, 'REPORT', { outcome: step.outcome });
    case 'run_nothing':
      return enter(record, 'ACTIVATE', { target: null });
    case 'done': {
      const outcome = outcomeOnDone[record.state] ?? record.outcome;
      const isProved = step.proved === true || step.patch?.target === null;
      const next = record.state === 'ACTIVATE' && isProved ? 'COMMIT' : onward[record.state];
      return enter(record, next, { ...step.patch, outcome });
    }
  }
}

/** What the disk says when an agent starts. */
export type BootFacts = {
  /** Name of the installation that `current` points to. */
  current: string | null;
  /** Name of the installation that was committed last, by the trust file. */
  committed: string | null;
};

/**
 * Where to go on after the agent died. Pure.
 * DOWNLOAD and STAGE resume, ACTIVATE is decided by the symlink, PROBATION goes back after too many boots, COMMIT, REPORT, GC and the
 * way back are done again (their steps may be repeated), and an unknown state goes back to what was committed.
 */
export function recover(record: JournalRecord | undefined, facts: BootFacts): JournalRecord {
  const uncommitted = facts.current !== facts.committed;
  if (record === undefined || (isSettled(record) && uncommitted)) {
    if (!uncommitted) return { ...idleOf(record), state: 'IDLE' };
    const failure = {
      code: 'JOURNAL_LOST',
      message: 'The journal was damaged; the device went back to the release that was committed last.',
    };
    return { ...idleOf(record), state: 'ROLL_BACK', target: facts.current, from: facts.committed, failure };
  }
  const boots = record.boots + 1;
  const tooOften: Failure = { code: 'INTERRUPTED_TOO_OFTEN', message: `The agent was ended ${boots} times in state ${record.state}.` };
  // Whoever waits for nights on end is switched off now and then: that says nothing about the update.
  if (record.state === 'WAIT_WINDOW') return { ...record, boots: Math.min(boots, bootsMax) };
  if (isHarmless(record.state)) {
    return boots > bootsMax ? enter(record, 'REPORT', { failure: tooOften, outcome: 'failed' }) : { ...record, boots };
  }
  if (record.state === 'ACTIVATE' && boots <= bootsMax) {
    return facts.current === record.target && record.target !== null
      ? enter(record, 'PROBATION', { method: record.method ?? 'restart', boots: 0 })
      : { ...record, boots };
  }
  if (record.state === 'ACTIVATE' || (record.state === 'PROBATION' && boots > bootsMax)) {
    return enter(record, 'ROLL_BACK', { failure: tooOften });
  }
  return { ...record, boots };
}

function isSettled(record: JournalRecord): boolean {
  return record.state === 'IDLE' || record.state === 'GC' || isHarmless(record.state);
}

function idleOf(record: JournalRecord | undefined): JournalRecord {
  return {
    state: 'IDLE',
    assignment: record?.assignment ?? null,
    target: null,
    from: null,
    method: null,
    cutOverMs: null,
    baseline: null,
    failure: null,
    outcome: null,
    boots: 0,
  };
}
