import { type Stage, terminalRolloutStates } from '@sluice/contracts';

import type { Transaction } from '../base/transaction.ts';
import { StoreError } from '../errors.ts';
import { type ChangeContext, entryOf } from '../ledger/change-context.ts';
import { cancelPromotionsInto } from './stage-promotions.ts';
import { factsOf } from './write-stages.ts';

type ActiveRollout = { stageName: string; releaseName: string; rolloutId: string; state: string };

/**
 * Holds stages that shall be deleted, so that nothing new begins in them, and refuses it while something is under way.
 * @throws StoreError ROLLOUT_ACTIVE, naming the stage, the release and the rollout
 */
export async function refuseActiveRollouts(tx: Transaction, stages: readonly Stage[]): Promise<void> {
  if (stages.length === 0) return;
  const ids = stages.map(({ id }) => id);
  await tx.query('select 1 from stage where id = any($1::uuid[]) order by id for update', [ids]);
  const [active] = await tx.query<ActiveRollout>(
    `select s.name as "stageName", l.name as "releaseName", r.id as "rolloutId", r.state
       from rollout r join stage s on s.id = r.stage_id join release l on l.id = r.release_id
      where r.stage_id = any($1::uuid[]) and r.state <> all($2::text[]) order by r.id limit 1`,
    [ids, terminalRolloutStates],
  );
  if (active === undefined) return;
  throw new StoreError(
    'ROLLOUT_ACTIVE',
    `Stage "${active.stageName}" cannot be deleted: the rollout of ${active.releaseName} to it is ${active.state.replaceAll('_', ' ')} ` +
      `(${active.rolloutId}). Let it end, or abort it.`,
  );
}

/**
 * Deletes held stages: their names are free again, history goes on to name them. They lose their groups and their edges, and promotions that
 * wait for them are canceled. `stages`: all of the pipeline, as they were.
 */
export async function deleteStages(
  tx: Transaction,
  organizationId: string,
  { removed, stages }: { removed: readonly Stage[]; stages: readonly Stage[] },
  context: ChangeContext,
): Promise<void> {
  if (removed.length === 0) return;
  const ids = removed.map(({ id }) => id);
  await tx.execute('delete from stage_upstream where stage_id = any($1::uuid[]) or upstream_id = any($1::uuid[])', [ids]);
  await tx.execute('delete from stage_group where stage_id = any($1::uuid[])', [ids]);
  await tx.execute('update stage set deleted_at = $2, version = version + 1 where id = any($1::uuid[])', [ids, tx.now]);
  for (const stage of removed) {
    const target = { kind: 'stage', id: stage.id, name: stage.name } as const;
    await tx.record(entryOf(organizationId, context, { action: 'stage.deleted', target, before: factsOf(stage, stages) }));
    await cancelPromotionsInto(tx, organizationId, stage, context);
  }
}
