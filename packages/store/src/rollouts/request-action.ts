import type { Rollout } from '@sluice/contracts';
import { decideRequest } from '@sluice/rollout';
import type { Transaction } from '../base/transaction.ts';
import { notFound, StoreError, stateConflict, versionStale } from '../errors.ts';
import type { ChangeContext } from '../ledger/change-context.ts';
import { carryOut } from './carry-out.ts';
import { holdAfter } from './holds.ts';
import { loadRollout } from './load.ts';
import { findRollout } from './read-rollout.ts';
import type { RolloutActionInput } from './types.ts';

/**
 * Does what a person asks of a rollout, in the transaction of the request: once it has committed, nothing new is offered after a pause or an
 * abort (11). After an abort or a rollback the release is held for its stage. What follows (cancel, roll back, close) is the worker's: enqueue `rollout.advance` after the commit.
 * @throws StoreError NOT_FOUND, VERSION_STALE, STATE_CONFLICT when the rollout's state does not allow the action, FORBIDDEN when it needs an owner
 */
export async function requestRolloutAction(
  tx: Transaction,
  organizationId: string,
  target: RolloutActionInput,
  context: ChangeContext,
): Promise<Rollout> {
  const { rolloutId } = target;
  const loaded = await loadRollout(tx, rolloutId, { now: tx.now, lock: true });
  if (loaded === undefined || loaded.record.organizationId !== organizationId) throw notFound('rollout', rolloutId);
  if (target.version !== undefined && target.version !== loaded.record.version) {
    throw versionStale('rollout', rolloutId, loaded.record.version);
  }
  const outcome = decideRequest(loaded.input, target.action);
  if (outcome.outcome === 'refused') throw stateConflict(outcome.sentence);
  if (target.isOwner !== true && outcome.decisions.some(({ kind }) => kind === 'start_wave')) {
    throw new StoreError('FORBIDDEN', 'The wave lacks approvals. Only an owner can let it start without them; or somebody approves it.');
  }
  await carryOut(
    {
      tx,
      record: loaded.record,
      actor: context.actor,
      requestId: context.requestId,
      reason: context.reason,
      batchSizeMax: 0,
      releaseSigner: null,
    },
    outcome.decisions,
  );
  await holdAfter(tx, loaded.record, target.action, context);
  await tx.execute('UPDATE rollout SET next_timer_at = $2 WHERE id = $1', [rolloutId, tx.now]);
  const rollout = await findRollout(tx, organizationId, rolloutId);
  if (rollout === undefined) throw notFound('rollout', rolloutId);
  return rollout;
}
