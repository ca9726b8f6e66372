/**
 * Rolls a whole stage back: one verb, whatever is under way there. INVARIANTS
 * - One transaction under the lock of the stage: the rollout under way is ended, the releases are held, the rollbacks are created, all or nothing.
 *   Of two people who ask at once, the second hears of the first's rollback.
 * - Locks as everywhere: the newest rollout first.
 */
import type { Hold, StageRollBack } from '@sluice/contracts';
import type { Reader } from '../base/reader.ts';
import { isoOrNull } from '../base/rows.ts';
import type { Transaction } from '../base/transaction.ts';
import { stateConflict } from '../errors.ts';
import { type ChangeContext, entryOf } from '../ledger/change-context.ts';
import { createRollback } from './create-rollback.ts';
import { rootOf } from './going-back.ts';
import { holdGivenUp } from './holds.ts';
import { newestFirst } from './newest-first.ts';
import { releaseToGoBackTo } from './republish.ts';
import { requestRolloutAction } from './request-action.ts';
import type { ReleaseSigner } from './run.ts';
import { type PlannedGroup, planStageRollBack, type StageRollBackPlan } from './stage-roll-back-plan.ts';

/** `to`: a release instead of each device's own last good one. `devicesMax`: so many are named of each group. */
export type StageRollBackInput = { stageId: string; reason: string; to?: string; devicesMax: number };

/** The ledger names so many devices of each group. */
const recordedMax = 1_000;

/**
 * What {@link rollBackStage} would do.
 * @throws StoreError NOT_FOUND, ROLLOUT_ACTIVE, STATE_CONFLICT
 */
export async function previewStageRollBack(
  reader: Reader,
  organizationId: string,
  input: Omit<StageRollBackInput, 'reason'> & { now: Date },
): Promise<StageRollBack> {
  const plan = await planStageRollBack(reader, organizationId, { ...input, to: input.to ?? null });
  refuseNothing(plan);
  return answerOf(plan, { devicesMax: input.devicesMax, rolloutIds: new Map(), holds: [] });
}

/**
 * Sends every device that runs the release of a stage back to its own last good one: ends the rollout under way (its devices follow by its own
 * rollbacks), holds the release for the stage, and creates staged rollbacks for the others. Enqueue `rollout.advance` for `rolloutIds` after the commit.
 * @throws StoreError NOT_FOUND; ROLLOUT_ACTIVE: a rollback is under way there; STATE_CONFLICT: nothing to go back from or to, or the release key is
 *   offline
 */
export async function rollBackStage(
  tx: Transaction,
  organizationId: string,
  { input, releaseSigner }: { input: StageRollBackInput; releaseSigner: ReleaseSigner },
  context: ChangeContext,
): Promise<{ rollBack: StageRollBack; rolloutIds: string[] }> {
  const { stageId, reason } = input;
  await lockStage(tx, organizationId, stageId);
  const plan = await planStageRollBack(tx, organizationId, { stageId, to: input.to ?? null, devicesMax: recordedMax, now: tx.now });
  refuseNothing(plan);
  const because = { ...context, reason };
  const holds = await holdGivenUp(tx, organizationId, { stageId, releases: heldOf(plan), reason }, because);
  const ended = plan.ended && (await requestRolloutAction(tx, organizationId, { rolloutId: plan.ended.id, action: 'roll_back' }, because));
  const rolloutIds = await createRollbacks(tx, organizationId, { plan, releaseSigner }, because);
  await recordRollBack(tx, organizationId, { plan, rolloutIds, holds }, because);
  return {
    rollBack: answerOf({ ...plan, ended }, { devicesMax: input.devicesMax, rolloutIds, holds }),
    rolloutIds: [...(ended === null ? [] : [ended.id]), ...rolloutIds.values()],
  };
}

async function lockStage(tx: Transaction, organizationId: string, stageId: string): Promise<void> {
  await tx.query('SELECT 1 FROM stage WHERE organization_id = $1 AND id = $2 FOR NO KEY UPDATE', [organizationId, stageId]);
  await tx.query(
    `SELECT 1 FROM rollout o WHERE o.organization_id = $1 AND o.stage_id = $2 AND o.state IN ('running', 'paused', 'aborting')
      ORDER BY ${newestFirst('o')} FOR NO KEY UPDATE`,
    [organizationId, stageId],
  );
}

function refuseNothing({ stage, ended, groups, withoutPrevious, left }: StageRollBackPlan): void {
  if (ended !== null || groups.length > 0) return;
  const names = withoutPrevious.devices.slice(0, 5).map(({ name }) => name);
  const more = withoutPrevious.count > names.length ? ' and others' : '';
  const what = left.map(({ name }) => name).join(', ');
  const nobody = `No device of ${stage.name} can go back from ${what}: `;
  if (withoutPrevious.count === 0) throw stateConflict(`${nobody}none runs it.`);
  throw stateConflict(
    `${nobody}no other release ran well on ${names.join(', ')}${more}, or it is held or was taken back. Promote one that works instead.`,
  );
}

function heldOf({ left, groups, ended }: StageRollBackPlan): { releaseId: string; rolloutId: string | null }[] {
  return left.map(({ id }) => ({ releaseId: id, rolloutId: groups.find(({ from }) => from.id === id)?.anchorId ?? ended?.id ?? null }));
}

/** The way of a group: its rollback, once there is one. */
type RolloutIds = ReadonlyMap<PlannedGroup, string>;

async function createRollbacks(
  tx: Transaction,
  organizationId: string,
  { plan, releaseSigner }: { plan: StageRollBackPlan; releaseSigner: ReleaseSigner },
  { actor }: ChangeContext,
): Promise<RolloutIds> {
  const rolloutIds = new Map<PlannedGroup, string>();
  for (const group of plan.groups.filter(({ isOfEnded }) => !isOfEnded)) {
    const { from, to, stageId, devices } = group;
    const wanted = { organizationId, releaseId: to.id, applicationId: from.applicationId, aboveCounter: await highestCounter(tx, from.id) };
    const releaseId = await releaseToGoBackTo(tx, wanted, { signer: await releaseSigner(tx, organizationId), actor });
    if (releaseId === null) {
      const detail = `The release key is offline, so ${to.name} cannot be signed with a counter that devices take after ${from.name}. Nothing was changed. Publish it again by hand with the offline key, then roll back.`;
      throw stateConflict(detail);
    }
    const next = plan.leaving.parameters.length;
    const sql = `
      SELECT c.organization_id, c.device_id, coalesce(c.deployment_id, c.device_id) AS deployment_id, c.variables_revision FROM (${plan.leaving.sql}) c
       WHERE c.left_root_id = $${next + 1} AND c.to_release_id = $${next + 2} AND c.to_stage_id IS NOT DISTINCT FROM $${next + 3}`;
    const rollback = {
      of: { id: group.anchorId, organizationId, priority: group.priority },
      ...{ policy: plan.stage.policy, releaseId, fromReleaseId: to.id, stageId, size: devices.count },
      devices: { sql, parameters: [...plan.leaving.parameters, from.id, to.id, stageId] },
    };
    rolloutIds.set(group, await createRollback({ tx, actor }, rollback));
  }
  return rolloutIds;
}

/** Under all its counters: devices may have been given any of them. */
async function highestCounter(tx: Transaction, rootId: string): Promise<number> {
  const [row] = await tx.query<{ counter: number | null }>(`SELECT max(l.counter) AS counter FROM release l WHERE ${rootOf('l')} = $1`, [
    rootId,
  ]);
  return row?.counter ?? 0;
}

async function recordRollBack(
  tx: Transaction,
  organizationId: string,
  { plan, rolloutIds, holds }: { plan: StageRollBackPlan; rolloutIds: RolloutIds; holds: readonly Hold[] },
  context: ChangeContext,
): Promise<void> {
  const { stage, left, ended, groups, changing, withoutPrevious, freeze } = plan;
  const after = {
    left: left.map(({ id, name }) => ({ releaseId: id, name })),
    endedRolloutId: ended?.id ?? null,
    groups: groups.map((group) => ({
      from: group.from.name,
      to: group.to.name,
      toReleaseId: group.to.id,
      toStageId: group.stageId,
      rolloutId: rolloutIds.get(group) ?? null,
      devices: group.devices,
    })),
    changing,
    withoutPrevious,
    holdIds: holds.map(({ id }) => id),
    // It was said that nothing starts: whoever went past that shall be found.
    freeze: freeze === null ? null : freeze.name,
  };
  await tx.record(
    entryOf(organizationId, context, { action: 'stage.rolled_back', target: { kind: 'stage', id: stage.id, name: stage.name }, after }),
  );
}

function answerOf(
  plan: StageRollBackPlan,
  { devicesMax, rolloutIds, holds }: { devicesMax: number; rolloutIds: RolloutIds; holds: Hold[] },
): StageRollBack {
  const { stage, left, ended, freeze } = plan;
  const named = ({ count, devices }: StageRollBack['changing']) => ({ count, devices: devices.slice(0, devicesMax) });
  return {
    stageId: stage.id,
    stageName: stage.name,
    left,
    ended,
    groups: plan.groups.map((group) => {
      const { from, to, stageId, stageName, devices } = group;
      return { from, to, stageId, stageName, rolloutId: rolloutIds.get(group) ?? null, devices: named(devices) };
    }),
    changing: named(plan.changing),
    withoutPrevious: named(plan.withoutPrevious),
    holds,
    freeze: freeze === null ? null : { name: freeze.name, until: isoOrNull(freeze.until === null ? null : new Date(freeze.until)) },
  };
}
