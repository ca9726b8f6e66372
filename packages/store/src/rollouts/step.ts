/**
 * The worker's step over one rollout. INVARIANTS
 * - A step is transactions, each of which reads, decides and writes under the lock of the rollout's row: two workers equal one (29), and a
 *   crash loses nothing but the transaction that was open (30).
 * - Asking the engine again until it has no decision left always ends; the bound below is for a defect, not for a large fleet.
 * - When a step has ended, nothing that happened before it is unseen, and the next time the engine waits for is written down (23).
 */
import { systemActor } from '@sluice/ledger';
import { decide, isTerminalRolloutState } from '@sluice/rollout';
import type { Store } from '../base/store.ts';
import type { Transaction } from '../base/transaction.ts';
import { lockBudgets } from '../disruption-budgets/within-budgets.ts';
import { carryOut } from './carry-out.ts';
import { takeInJoined } from './join.ts';
import { loadRollout } from './load.ts';
import { planRollout } from './plan.ts';
import { sendLateBack } from './roll-back.ts';
import type { ReleaseSigner, RolloutRun } from './run.ts';

export type StepOptions = {
  /** Signs what a rollback republishes; null: no key at hand. */
  releaseSigner: ReleaseSigner | null;
  /** Most deployments that one statement moves (default 5,000). */
  batchSizeMax?: number;
  signal?: AbortSignal;
};

export type StepOutcome = {
  decisions: number;
  /** Other rollouts that have something to do because of this step: enqueue `rollout.advance` for each. */
  otherRolloutIds: string[];
};

/** `isUnplanned`: nothing was done, because who is in which wave comes first, in a transaction of its own. */
type Pass = StepOutcome & { isDone: boolean; isUnplanned?: boolean };

const batchSizeMaxDefault = 5_000;
const roundsMax = 100;
const transactionTimeoutMs = 60_000;
/** A plan is made in one piece, which takes as long as the fleet is large. Only this rollout waits for it. */
const planTimeoutMs = 1_800_000;
/** How soon to try again what cannot be done now: an offline key may have come back. */
const blockedRetryMs = 60_000;

/**
 * Brings a rollout as far as it can go now. Doing it again changes nothing; a rollout that does not exist or has ended is left alone.
 * @throws StoreError, e.g. UNAVAILABLE when Postgres is away; what was committed before stays
 */
export async function stepRollout(store: Pick<Store, 'transaction'>, rolloutId: string, options: StepOptions): Promise<StepOutcome> {
  const others = new Set<string>();
  let decisions = 0;
  let mayPlan = false;
  for (;;) {
    options.signal?.throwIfAborted();
    const timeoutMs: number = mayPlan ? planTimeoutMs : transactionTimeoutMs;
    const pass: Pass = await store.transaction((tx) => stepOnce(tx, rolloutId, { ...options, mayPlan }), { timeoutMs });
    mayPlan = pass.isUnplanned === true;
    decisions += pass.decisions;
    for (const id of pass.otherRolloutIds) others.add(id);
    if (pass.isDone) return { decisions, otherRolloutIds: [...others] };
  }
}

async function stepOnce(tx: Transaction, rolloutId: string, options: StepOptions & { mayPlan: boolean }): Promise<Pass> {
  const otherRolloutIds: string[] = [];
  let decisions = 0;
  let isBlocked = false;
  await lockBudgets(tx, rolloutId);
  for (let round = 0; round < roundsMax; round += 1) {
    const loaded = await loadRollout(tx, rolloutId, { now: tx.now, lock: true });
    if (loaded === undefined) return { decisions, otherRolloutIds, isDone: true };
    const run: RolloutRun = {
      tx,
      record: loaded.record,
      actor: systemActor,
      batchSizeMax: options.batchSizeMax ?? batchSizeMaxDefault,
      releaseSigner: options.releaseSigner,
    };
    if (isTerminalRolloutState(loaded.record.state)) {
      const sent = await sendLateBack(run);
      await rest(tx, rolloutId, sent === null ? tx.now.getTime() + blockedRetryMs : (sent.againAt ?? null));
      return { decisions, otherRolloutIds: [...otherRolloutIds, ...(sent?.rollbackIds ?? [])], isDone: true };
    }
    // Who is in which wave is decided when it may start: a hold may last for weeks.
    const isHeld = loaded.input.rollout.hold != null;
    if (loaded.record.state === 'scheduled' && loaded.input.waves.length === 0 && !isHeld) {
      if (options.mayPlan) await planRollout(tx, loaded.record);
      return { decisions, otherRolloutIds, isDone: false, isUnplanned: !options.mayPlan };
    }
    if (await takeInJoined(run, loaded)) continue;
    const step = decide(loaded.input);
    const done = await carryOut(run, step.decisions);
    decisions += done.count;
    otherRolloutIds.push(...done.otherRolloutIds);
    isBlocked = done.isBlocked;
    if (done.isPartial) return { decisions, otherRolloutIds, isDone: false };
    if (done.count === 0) {
      await rest(tx, rolloutId, isBlocked ? tx.now.getTime() + blockedRetryMs : step.nextTimerAt);
      return { decisions, otherRolloutIds, isDone: true };
    }
  }
  throw new Error(`the engine still decides about rollout ${rolloutId} after ${roundsMax} rounds`);
}

/** Notes that everything has been seen, and when to look again. */
async function rest(tx: Transaction, rolloutId: string, nextTimerAt: number | null): Promise<void> {
  await tx.execute('UPDATE rollout SET next_timer_at = $2 WHERE id = $1 AND next_timer_at IS DISTINCT FROM $2', [
    rolloutId,
    nextTimerAt === null ? null : new Date(nextTimerAt),
  ]);
  await tx.execute('UPDATE wave SET touched = false WHERE rollout_id = $1 AND touched', [rolloutId]);
}
