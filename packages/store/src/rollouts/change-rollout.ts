import type { Decision } from '@sluice/rollout';
import type { Transaction } from '../base/transaction.ts';
import { renewWindowsOfRollout } from '../device-protocol/renew-windows.ts';
import { markReplaced } from '../promotions/soak.ts';
import type { RolloutRecord } from './load.ts';
import { newestFirst } from './newest-first.ts';
import { type Effect, type RolloutRun, sentenceOf } from './run.ts';

type DecisionOf<K extends Decision['kind']> = Extract<Decision, { kind: K }>;

export async function approveRollout({ tx, record }: RolloutRun): Promise<Effect> {
  await tx.execute(`UPDATE rollout SET state = 'scheduled', version = version + 1 WHERE id = $1`, [record.id]);
  return {};
}

/** Nothing was planned yet: a rollout has no waves before it is approved. */
export async function rejectRollout(run: RolloutRun, decision: DecisionOf<'reject_rollout'>): Promise<Effect> {
  await run.tx.execute(
    `UPDATE rollout SET state = 'rejected', reason = $2, finished_at = $3, next_timer_at = NULL, version = version + 1 WHERE id = $1`,
    [run.record.id, run.reason ?? decision.why.sentence, run.tx.now],
  );
  return {};
}

export async function startRollout({ tx, record }: RolloutRun, decision: DecisionOf<'start_rollout'>): Promise<Effect> {
  await tx.execute(`UPDATE rollout SET state = 'running', started_at = $2, version = version + 1 WHERE id = $1`, [
    record.id,
    new Date(decision.startedAt),
  ]);
  await markReplaced(tx, record);
  return {};
}

export async function pauseRollout({ tx, record }: RolloutRun, decision: DecisionOf<'pause_rollout'>): Promise<Effect> {
  await tx.execute(
    `UPDATE rollout SET state = 'paused', pause_cause = $2, pause_wave = $3, paused_at = $4, version = version + 1 WHERE id = $1`,
    [record.id, decision.cause, decision.causeWave, new Date(decision.pausedAt)],
  );
  return tellWaiting({ tx, record });
}

/** Devices that were told ahead of their window must hear of a pause, or they would switch when it opens; and of its end. */
async function tellWaiting({ tx, record }: Pick<RolloutRun, 'tx' | 'record'>): Promise<Effect> {
  if (record.policy.window === undefined) return {};
  const toldAnew = await renewWindowsOfRollout(tx, record.id);
  return toldAnew === 0 ? {} : { facts: { toldAnew } };
}

export async function resumeRollout(run: RolloutRun, decision: DecisionOf<'resume_rollout'>): Promise<Effect> {
  await extendDeadlines(run, decision.extendDeadlinesByMs);
  await run.tx.execute(
    `UPDATE rollout SET state = 'running', pause_cause = NULL, pause_wave = NULL, paused_at = NULL, version = version + 1 WHERE id = $1`,
    [run.record.id],
  );
  return tellWaiting(run);
}

/** The reason that a rollout ends with is the first one it had to end for. */
export async function beginAbort(run: RolloutRun, decision: DecisionOf<'begin_abort'>): Promise<Effect> {
  await extendDeadlines(run, decision.extendDeadlinesByMs);
  await run.tx.execute(
    `UPDATE rollout
        SET state = 'aborting', abort_cause = $2, abort_roll_back = $3, pause_cause = NULL, pause_wave = NULL, paused_at = NULL,
            reason = coalesce(reason, $4), version = version + 1
      WHERE id = $1`,
    [run.record.id, decision.cause, decision.rollBack, sentenceOf(run, decision)],
  );
  return {};
}

export async function finishRollout({ tx, record }: RolloutRun, decision: DecisionOf<'finish_rollout'>): Promise<Effect> {
  const abortedBy = decision.state === 'aborted' ? await whoAborted(tx, record.id) : undefined;
  await tx.execute(
    `UPDATE rollout
        SET state = $2, reason = coalesce(reason, $3), finished_at = $4, next_timer_at = NULL, version = version + 1
      WHERE id = $1`,
    [record.id, decision.state, decision.why.sentence, tx.now],
  );
  await wakeLower(tx, record);
  return abortedBy === undefined ? {} : { sentence: `${abortedBy} aborted it. ${decision.why.sentence}` };
}

/** The end of an abort is the controller's deed; the abort itself was a person's. */
async function whoAborted(tx: Transaction, rolloutId: string): Promise<string | undefined> {
  const [abort] = await tx.query<{ actor: string }>(
    `SELECT actor FROM rollout_decision WHERE rollout_id = $1 AND kind = 'begin_abort' ORDER BY id LIMIT 1`,
    [rolloutId],
  );
  return abort?.actor;
}

/** Rollouts of lower priority may have waited for the devices of this one. */
async function wakeLower(tx: Transaction, record: RolloutRecord): Promise<void> {
  await tx.execute(
    `UPDATE rollout SET next_timer_at = $3
      WHERE id IN (SELECT o.id FROM rollout o
                    WHERE o.organization_id = $1 AND o.state = 'running' AND o.priority < $2
                    ORDER BY ${newestFirst('o')} FOR NO KEY UPDATE)`,
    [record.organizationId, record.priority, tx.now],
  );
}

async function extendDeadlines({ tx, record }: RolloutRun, byMs: number): Promise<void> {
  if (byMs <= 0) return;
  await tx.execute(
    `UPDATE wave SET deadline_at = deadline_at + $2 * interval '1 millisecond' WHERE rollout_id = $1 AND deadline_at IS NOT NULL`,
    [record.id, byMs],
  );
}
