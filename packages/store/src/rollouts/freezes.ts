import type { CreateFreezeRequest, Freeze, FreezeQuery, Page } from '@sluice/contracts';
import type { FreezeInput } from '@sluice/rollout';
import { pageById } from '../base/paging.ts';
import type { Reader } from '../base/reader.ts';
import { iso, isoOrNull } from '../base/rows.ts';
import type { Transaction } from '../base/transaction.ts';
import { notFound, StoreError, stateConflict } from '../errors.ts';
import { type ChangeContext, entryOf } from '../ledger/change-context.ts';
import { newestFirst } from './newest-first.ts';

type Row = Omit<Freeze, 'startsAt' | 'endsAt' | 'createdAt' | 'liftedAt' | 'active'> & {
  startsAt: Date;
  endsAt: Date | null;
  createdAt: Date;
  liftedAt: Date | null;
};

const freezes = `
  SELECT id, stage_id AS "stageId", name, starts_at AS "startsAt", ends_at AS "endsAt", created_by AS "createdBy", created_at AS "createdAt",
         lifted_at AS "liftedAt", lifted_by AS "liftedBy"
    FROM rollout_freeze`;

function toFreeze(row: Row, now: Date): Freeze {
  const active = row.liftedAt === null && row.startsAt <= now && (row.endsAt === null || row.endsAt > now);
  return {
    ...row,
    startsAt: iso(row.startsAt),
    endsAt: isoOrNull(row.endsAt),
    createdAt: iso(row.createdAt),
    liftedAt: isoOrNull(row.liftedAt),
    active,
  };
}

/**
 * Declares a freeze. Rollouts that it concerns look again at once.
 * @throws StoreError NOT_FOUND for the stage, VALIDATION_FAILED when it ends before it starts
 */
export async function createFreeze(
  tx: Transaction,
  organizationId: string,
  input: CreateFreezeRequest,
  context: ChangeContext,
): Promise<Freeze> {
  const { name, stageId = null } = input;
  const startsAt = input.startsAt === undefined ? tx.now : new Date(input.startsAt);
  const endsAt = input.endsAt === undefined ? null : new Date(input.endsAt);
  if (endsAt !== null && endsAt <= startsAt)
    throw new StoreError('VALIDATION_FAILED', 'The freeze ends before it starts: give a later endsAt.');
  if (stageId !== null) {
    const stages = await tx.query('SELECT 1 FROM stage WHERE organization_id = $1 AND id = $2 AND deleted_at IS NULL', [
      organizationId,
      stageId,
    ]);
    if (stages.length === 0) throw notFound('stage', stageId);
  }
  const id = tx.uuid();
  await tx.execute(
    `INSERT INTO rollout_freeze (id, organization_id, stage_id, name, starts_at, ends_at, created_by, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [id, organizationId, stageId, name, startsAt, endsAt, context.actor.name, tx.now],
  );
  const after = { stageId, startsAt: startsAt.toISOString(), endsAt: endsAt?.toISOString() ?? null };
  await tx.record(entryOf(organizationId, context, { action: 'freeze.declared', target: { kind: 'freeze', id, name }, after }));
  await tx.changed(organizationId, 'freeze', [id]);
  await wakeRollouts(tx, organizationId, stageId);
  return getFreeze(tx, organizationId, { freezeId: id, now: tx.now });
}

/**
 * Ends a freeze before its time.
 * @throws StoreError NOT_FOUND, STATE_CONFLICT when it is over already
 */
export async function liftFreeze(tx: Transaction, organizationId: string, freezeId: string, context: ChangeContext): Promise<Freeze> {
  const freeze = await getFreeze(tx, organizationId, { freezeId, now: tx.now });
  const lifted = await tx.execute(
    `UPDATE rollout_freeze SET lifted_at = $3, lifted_by = $4
      WHERE organization_id = $1 AND id = $2 AND lifted_at IS NULL AND (ends_at IS NULL OR ends_at > $3)`,
    [organizationId, freezeId, tx.now, context.actor.name],
  );
  if (lifted === 0) throw stateConflict('The freeze is over already.');
  const target = { kind: 'freeze', id: freezeId, name: freeze.name } as const;
  await tx.record(entryOf(organizationId, context, { action: 'freeze.lifted', target, before: { endsAt: freeze.endsAt } }));
  await tx.changed(organizationId, 'freeze', [freezeId]);
  await wakeRollouts(tx, organizationId, freeze.stageId);
  return getFreeze(tx, organizationId, { freezeId, now: tx.now });
}

/** @throws StoreError NOT_FOUND */
export async function getFreeze(reader: Reader, organizationId: string, target: { freezeId: string; now: Date }): Promise<Freeze> {
  const [row] = await reader.query<Row>(`${freezes} WHERE organization_id = $1 AND id = $2`, [organizationId, target.freezeId]);
  if (row === undefined) throw notFound('freeze', target.freezeId);
  return toFreeze(row, target.now);
}

/** Newest first. */
export async function listFreezes(reader: Reader, organizationId: string, query: FreezeQuery & { now: Date }): Promise<Page<Freeze>> {
  const page = await pageById(query, ({ before, limit }) =>
    reader.query<Row>(
      `${freezes}
        WHERE organization_id = $1 AND ($2::uuid IS NULL OR id < $2)
          AND (NOT $3::boolean OR (lifted_at IS NULL AND (ends_at IS NULL OR ends_at > $4)))
        ORDER BY id DESC LIMIT $5`,
      [organizationId, before, query.active ?? false, query.now, limit],
    ),
  );
  return { ...page, items: page.items.map((row) => toFreeze(row, query.now)) };
}

/** Rollouts that run look again: what they wait for has changed. */
async function wakeRollouts(tx: Transaction, organizationId: string, stageId: string | null): Promise<void> {
  await tx.execute(
    `UPDATE rollout SET next_timer_at = $3
      WHERE id IN (SELECT o.id FROM rollout o
                    WHERE o.organization_id = $1 AND ($2::uuid IS NULL OR o.stage_id = $2) AND o.state = 'running'
                    ORDER BY ${newestFirst('o')} FOR NO KEY UPDATE)`,
    [organizationId, stageId, tx.now],
  );
}

/**
 * The freeze that holds for a stage now: its own, or one of the whole organization. Of several the one that ends last, because nothing starts
 * before.
 */
export async function freezeOf(
  reader: Reader,
  organizationId: string,
  scope: { stageId: string | null; now: Date },
): Promise<FreezeInput | null> {
  const [row] = await reader.query<{ name: string; endsAt: Date | null }>(
    `SELECT name, ends_at AS "endsAt" FROM rollout_freeze
      WHERE organization_id = $1 AND (stage_id IS NULL OR stage_id = $2) AND lifted_at IS NULL AND starts_at <= $3
        AND (ends_at IS NULL OR ends_at > $3)
      ORDER BY ends_at DESC NULLS FIRST, id LIMIT 1`,
    [organizationId, scope.stageId, scope.now],
  );
  return row === undefined ? null : { name: row.name, until: row.endsAt?.getTime() ?? null };
}
