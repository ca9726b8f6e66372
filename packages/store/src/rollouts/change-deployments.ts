import { type Decision, deploymentCommands } from '@sluice/rollout';
import { type Moved, moveBatch, moveDeployments } from './move-deployments.ts';
import { nextToOffer, offer } from './offer-deployments.ts';
import { nextToQueue } from './offerable.ts';
import type { Effect, RolloutRun } from './run.ts';
import { supersede } from './supersede.ts';

type DecisionOf<K extends Decision['kind']> = Extract<Decision, { kind: K }>;

/** Lets the next devices of a wave be offered; each is taken from older rollouts in the same transaction (31). */
export async function queueWave(run: RolloutRun, decision: DecisionOf<'queue_wave'>): Promise<Effect> {
  const { tx, record, batchSizeMax } = run;
  const batch = await nextToQueue(tx, record, decision.wave, batchSizeMax);
  const otherRolloutIds = await supersede(run, batch);
  const moved = await moveBatch(tx, batch, deploymentCommands.queue);
  return { ...moved, otherRolloutIds, isPartial: decision.count > batchSizeMax };
}

/** Both at once, for devices that nothing can hold back in between: each deployment is written once. What happened to whom is told by the offer. */
export async function queueAndOfferWave(
  run: RolloutRun,
  queue: DecisionOf<'queue_wave'>,
  then: DecisionOf<'offer_wave'>,
): Promise<{ queued: Effect; offered: Effect }> {
  const { tx, record } = run;
  const batch = await nextToQueue(tx, record, queue.wave, Math.min(then.count, run.batchSizeMax));
  const otherRolloutIds = await supersede(run, batch);
  const moved = await offer(run, then.wave, batch, deploymentCommands.queue.from);
  await countOffers(run, then, moved.deviceIds.length);
  const isPartial = queue.count > run.batchSizeMax;
  return { queued: { otherRolloutIds, isPartial, devices: moved.deviceIds.length }, offered: { ...moved, isPartial } };
}

/** Tells the queued devices of a wave to run the release. */
export async function offerWave(run: RolloutRun, decision: DecisionOf<'offer_wave'>): Promise<Effect> {
  const limit = Math.min(decision.count, run.batchSizeMax);
  const batch = await nextToOffer(run, decision.wave, limit);
  const moved = await offer(run, decision.wave, batch, deploymentCommands.offer.from);
  await countOffers(run, decision, moved.deviceIds.length);
  return { ...moved, isPartial: decision.count > limit };
}

/** What the rate of the rollout is kept by. */
async function countOffers({ tx, record }: RolloutRun, decision: DecisionOf<'offer_wave'>, offered: number): Promise<void> {
  if (offered > 0) await tx.desiredChanged();
  const minute = decision.minuteStartedAt === null ? null : new Date(decision.minuteStartedAt);
  await tx.execute(
    `UPDATE rollout
        SET offered = offered + $2, offer_minute_at = $3::timestamptz,
            offered_in_minute = CASE WHEN $3::timestamptz IS NULL THEN 0 WHEN offer_minute_at = $3::timestamptz THEN offered_in_minute + $2
                                     ELSE $2 END
      WHERE id = $1`,
    [record.id, offered, minute],
  );
}

/** Ends what a wave still has open at its deadline: those devices are told to run again what they ran before. */
export async function timeOutWave(run: RolloutRun, decision: DecisionOf<'time_out_wave_deployments'>): Promise<Effect> {
  const moved = await moveDeployments(run.tx, {
    ...deploymentCommands.time_out,
    where: 'd.rollout_id = $1 AND d.wave_index = $2',
    parameters: [run.record.id, decision.wave],
    limit: run.batchSizeMax,
    code: 'DEADLINE_PASSED',
    message: 'The device did not finish before the deadline of its wave.',
  });
  return afterClose(run, moved, decision.count);
}

/** Ends everything that has not begun to change its device. */
export async function cancelCancellable(run: RolloutRun, decision: DecisionOf<'cancel_cancellable'>): Promise<Effect> {
  const moved = await moveDeployments(run.tx, {
    ...deploymentCommands.cancel,
    where: 'd.rollout_id = $1',
    parameters: [run.record.id],
    limit: run.batchSizeMax,
  });
  return afterClose(run, moved, decision.count);
}

async function afterClose(run: RolloutRun, moved: Moved, wanted: number): Promise<Effect> {
  if (moved.restoredDeviceIds.length > 0) await run.tx.desiredChanged();
  return { ...moved, isPartial: wanted > run.batchSizeMax };
}
