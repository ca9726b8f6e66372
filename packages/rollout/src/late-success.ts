/**
 * A success that a device reports when its deployment has ended already, or waits for another attempt: the device really runs the release.
 * INVARIANTS
 * - The deployment stays as it is (15, 16); what changes is what the device shall run.
 * - A device refuses a release counter lower than the highest it committed, so it is never again told to run what it ran before: either it
 *   stays on what it runs, or it goes back by a rollback, over a release with a higher counter.
 */
import type { DeploymentPosition, DeploymentReport, ReportOutcome } from './deployment-report.ts';
import type { RolloutInput } from './engine-input.ts';

/** Whether a report that was refused says that the device runs the release all the same. Attempts count from 1: before that nothing was offered. */
export function isLateSuccess(current: DeploymentPosition, report: DeploymentReport, outcome: ReportOutcome): boolean {
  if (outcome.outcome !== 'refused' || outcome.code === 'unknown_attempt') return false;
  return report.attempt >= 1 && report.state === 'succeeded' && current.state !== 'succeeded';
}

/** A release's place in the history of its application. */
export interface ReleasePlace {
  readonly applicationId: string;
  readonly counter: number;
}

/** What a device shall run at the moment of its late success. */
export interface DesiredThen {
  /**
   * Whose doing that is: nobody's, or that of a deployment: `own` the one that succeeded late (it is in a later attempt), `open` another
   * one that has not ended, `ended` another one that succeeded.
   */
  readonly owner: 'nobody' | 'own' | 'open' | 'ended';
  /** null: nothing. */
  readonly release: ReleasePlace | null;
}

/**
 * What follows for the device:
 * - `adopt`: it shall run what it runs, outside of a rollout;
 * - `remember`: something else is under way; should that not succeed, the device goes back to what it runs now;
 * - `nothing`: what it shall run it can be told, because that is newer, of another application, or the very same.
 */
export type LateSuccessAnswer = 'adopt' | 'remember' | 'nothing';

/** Decides what a device shall run that succeeded late with the release at `ran`. */
export function answerLateSuccess(ran: ReleasePlace, { owner, release }: DesiredThen): LateSuccessAnswer {
  if (owner === 'own' || owner === 'open') return 'remember';
  if (owner === 'ended') return 'nothing';
  if (release === null) return 'adopt';
  return release.applicationId === ran.applicationId && release.counter < ran.counter ? 'adopt' : 'nothing';
}

/**
 * Whether devices that succeeded late go back by a rollback: the rollout has ended, and failed or was rolled back. A rollback is never
 * taken back by itself (14), and what a person merely aborted is not known to be bad.
 */
export function sendsLateSuccessesBack({ state, purpose, abort }: Pick<RolloutInput, 'state' | 'purpose' | 'abort'>): boolean {
  const isOver = state === 'failed' || state === 'aborted';
  return isOver && purpose !== 'rollback' && abort !== null && (abort.rollBack || abort.cause === 'breach');
}
