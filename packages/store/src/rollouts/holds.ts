/** Holds: after a person took a release back, it does not go into that stage again until a person says why it may. */
import type { CreateHoldRequest, Hold, HoldQuery, Page, RolloutAction } from '@sluice/contracts';
import type { HoldInput } from '@sluice/rollout';
import { pageById } from '../base/paging.ts';
import type { Reader } from '../base/reader.ts';
import { iso, isoOrNull } from '../base/rows.ts';
import type { Transaction } from '../base/transaction.ts';
import { notFound, stateConflict } from '../errors.ts';
import { type ChangeContext, entryOf } from '../ledger/change-context.ts';
import type { RolloutRecord } from './load.ts';
import { newestFirst } from './newest-first.ts';

type Row = Omit<Hold, 'createdAt' | 'liftedAt' | 'active'> & { createdAt: Date; liftedAt: Date | null };

const holds = `
  SELECT id, stage_id AS "stageId", release_id AS "releaseId", rollout_id AS "rolloutId", reason, created_by AS "createdBy",
         created_at AS "createdAt", lifted_at AS "liftedAt", lifted_by AS "liftedBy", lift_reason AS "liftReason"
    FROM rollout_hold`;

function toHold(row: Row): Hold {
  return { ...row, createdAt: iso(row.createdAt), liftedAt: isoOrNull(row.liftedAt), active: row.liftedAt === null };
}

type NewHold = { stageId: string; releaseId: string | null; rolloutId: string | null; reason: string };

/**
 * Holds a stage, for one release or for all. What runs already goes on.
 * @throws StoreError NOT_FOUND for the stage or the release
 */
export async function createHold(tx: Transaction, organizationId: string, input: CreateHoldRequest, context: ChangeContext): Promise<Hold> {
  const { stageId, releaseId = null, reason } = input;
  const stages = await tx.query('SELECT 1 FROM stage WHERE organization_id = $1 AND id = $2 AND deleted_at IS NULL', [
    organizationId,
    stageId,
  ]);
  if (stages.length === 0) throw notFound('stage', stageId);
  if (releaseId !== null) {
    const releases = await tx.query('SELECT 1 FROM release WHERE organization_id = $1 AND id = $2', [organizationId, releaseId]);
    if (releases.length === 0) throw notFound('release', releaseId);
  }
  return placeHold(tx, organizationId, { stageId, releaseId, rolloutId: null, reason }, context);
}

async function placeHold(tx: Transaction, organizationId: string, hold: NewHold, context: ChangeContext): Promise<Hold> {
  const id = tx.uuid();
  await tx.execute(
    `INSERT INTO rollout_hold (id, organization_id, stage_id, release_id, rollout_id, reason, created_by, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [id, organizationId, hold.stageId, hold.releaseId, hold.rolloutId, hold.reason, context.actor.name, tx.now],
  );
  const target = { kind: 'hold', id } as const;
  const entry = entryOf(organizationId, { ...context, reason: hold.reason }, { action: 'hold.placed', target, after: hold });
  await tx.record(hold.rolloutId === null ? entry : { ...entry, rolloutId: hold.rolloutId });
  await tx.changed(organizationId, 'hold', [id]);
  return getHold(tx, organizationId, id);
}

/** A person took back what a rollout had begun: the release does not go into its stage again by itself. */
export async function holdAfter(tx: Transaction, record: RolloutRecord, action: RolloutAction, context: ChangeContext): Promise<void> {
  const { id: rolloutId, organizationId, stageId, releaseId } = record;
  const isTakenBack = action === 'abort' || action === 'roll_back';
  if (!isTakenBack || record.kind === 'rollback' || stageId === null || record.startedAt === null) return;
  const held = await tx.query('SELECT 1 FROM rollout_hold WHERE stage_id = $1 AND release_id = $2 AND lifted_at IS NULL', [
    stageId,
    releaseId,
  ]);
  if (held.length > 0) return;
  const what = action === 'abort' ? 'aborted' : 'rolled back';
  const reason = `The rollout was ${what}${context.reason === undefined ? '.' : `: ${context.reason}`}`;
  await placeHold(tx, organizationId, { stageId, releaseId, rolloutId, reason: reason.slice(0, 2_000) }, context);
}

/** Releases are given up in a stage: each is held there from now on, unless it is already. */
export async function holdGivenUp(
  tx: Transaction,
  organizationId: string,
  given: { stageId: string; releases: readonly { releaseId: string; rolloutId: string | null }[]; reason: string },
  context: ChangeContext,
): Promise<Hold[]> {
  const holds: Hold[] = [];
  for (const release of given.releases) {
    const held = await tx.query('SELECT 1 FROM rollout_hold WHERE stage_id = $1 AND release_id = $2 AND lifted_at IS NULL', [
      given.stageId,
      release.releaseId,
    ]);
    if (held.length > 0) continue;
    holds.push(await placeHold(tx, organizationId, { stageId: given.stageId, reason: given.reason, ...release }, context));
  }
  return holds;
}

/**
 * Lifts a hold; promotions that wait for it look again at once.
 * @throws StoreError NOT_FOUND, STATE_CONFLICT when it was lifted already
 */
export async function liftHold(
  tx: Transaction,
  organizationId: string,
  target: { holdId: string; reason: string },
  context: ChangeContext,
): Promise<Hold> {
  const { holdId, reason } = target;
  const hold = await getHold(tx, organizationId, holdId);
  const lifted = await tx.execute(
    `UPDATE rollout_hold SET lifted_at = $3, lifted_by = $4, lift_reason = $5 WHERE organization_id = $1 AND id = $2 AND lifted_at IS NULL`,
    [organizationId, holdId, tx.now, context.actor.name, reason],
  );
  if (lifted === 0) throw stateConflict('The hold was lifted already.');
  const happening = { action: 'hold.lifted', target: { kind: 'hold', id: holdId }, before: { reason: hold.reason } } as const;
  await tx.record(entryOf(organizationId, { ...context, reason }, happening));
  await tx.changed(organizationId, 'hold', [holdId]);
  await tx.execute(
    `UPDATE rollout SET next_timer_at = $2
      WHERE id IN (SELECT o.id FROM rollout o WHERE o.stage_id = $1 AND o.state = 'scheduled' ORDER BY ${newestFirst('o')} FOR NO KEY UPDATE)`,
    [hold.stageId, tx.now],
  );
  return getHold(tx, organizationId, holdId);
}

/** @throws StoreError NOT_FOUND */
export async function getHold(reader: Reader, organizationId: string, holdId: string): Promise<Hold> {
  const [row] = await reader.query<Row>(`${holds} WHERE organization_id = $1 AND id = $2`, [organizationId, holdId]);
  if (row === undefined) throw notFound('hold', holdId);
  return toHold(row);
}

/** Newest first. */
export async function listHolds(reader: Reader, organizationId: string, query: HoldQuery): Promise<Page<Hold>> {
  const page = await pageById(query, ({ before, limit }) =>
    reader.query<Row>(
      `${holds}
        WHERE organization_id = $1 AND ($2::uuid IS NULL OR id < $2) AND (NOT $3::boolean OR lifted_at IS NULL)
          AND ($4::uuid IS NULL OR stage_id = $4)
        ORDER BY id DESC LIMIT $5`,
      [organizationId, before, query.active ?? false, query.stageId ?? null, limit],
    ),
  );
  return { ...page, items: page.items.map(toHold) };
}

/** The hold that keeps a promotion from starting, the oldest of several; a rollback is never held. */
export async function holdOf(
  reader: Reader,
  { kind, state, stageId, releaseId }: Pick<RolloutRecord, 'kind' | 'state' | 'stageId' | 'releaseId'>,
): Promise<HoldInput | null> {
  if (kind === 'rollback' || stageId === null || (state !== 'scheduled' && state !== 'pending_approval')) return null;
  const [row] = await reader.query<{ reason: string; createdBy: string }>(
    `SELECT reason, created_by AS "createdBy" FROM rollout_hold
      WHERE stage_id = $1 AND lifted_at IS NULL AND (release_id IS NULL OR release_id = $2) ORDER BY id LIMIT 1`,
    [stageId, releaseId],
  );
  return row === undefined ? null : { reason: row.reason, by: row.createdBy };
}
