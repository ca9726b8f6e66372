import type { Assignment, ConnectionStatus, DeploymentReport } from '@sluice/contracts';
import { parseAssignment } from '@sluice/trust';
import { type UpdateState, updateStates } from './states.ts';

/** A code of ours or of the trust package, and what to tell people. */
export type Failure = { code: string; message: string };

/** How an update ended; null while it has not. `none`: there was nothing to do and nothing to report. */
export type UpdateOutcome = 'succeeded' | 'failed' | 'rejected' | 'rolled_back' | 'rollback_failed' | 'none';

/** What was connected before the switch: a connection that was down before is not the new release's fault. */
export type Baseline = { connections: Pick<ConnectionStatus, 'nodeId' | 'nodeType' | 'nodeName' | 'state'>[] };

/**
 * One line of the journal: everything a new agent process needs to go on with the update that the old one left.
 * It is written before the state is entered.
 */
export type JournalRecord = {
  state: UpdateState;
  /** The verified assignment that is carried out; null when at rest, and when a crash loop made the device go back by itself. */
  assignment: Assignment | null;
  /** Name of the installation to switch to; null before it is known, and when nothing shall run. */
  target: string | null;
  /** Name of the committed installation to go back to; null when there was none. */
  from: string | null;
  method: NonNullable<DeploymentReport['method']> | null;
  cutOverMs: number | null;
  baseline: Baseline | null;
  failure: Failure | null;
  outcome: UpdateOutcome | null;
  /** How many times an agent process has started while the update was in this state. */
  boots: number;
};

export const idleRecord: JournalRecord = {
  state: 'IDLE',
  assignment: null,
  target: null,
  from: null,
  method: null,
  cutOverMs: null,
  baseline: null,
  failure: null,
  outcome: null,
  boots: 0,
};

/** Reads a record of the journal. @throws when it is none */
export function parseJournalRecord(value: unknown): JournalRecord {
  if (typeof value !== 'object' || value === null || !('state' in value)) throw new Error('not a journal record');
  const record = { ...idleRecord, ...value } as JournalRecord;
  if (!updateStates.includes(record.state)) throw new Error(`unknown state ${String(record.state)}`);
  if (record.assignment !== null) parseAssignment(record.assignment);
  return record;
}
