import type { FreezeInput } from '@sluice/rollout';
import type { Reader } from '../base/reader.ts';

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

/** When the next freeze of a stage begins; null: none is planned. A rollout looks then, so that its blockers are true. */
export async function nextFreezeAt(
  reader: Reader,
  organizationId: string,
  scope: { stageId: string | null; now: Date },
): Promise<Date | null> {
  const [row] = await reader.query<{ at: Date | null }>(
    `SELECT min(starts_at) AS at FROM rollout_freeze
      WHERE organization_id = $1 AND (stage_id IS NULL OR stage_id = $2) AND lifted_at IS NULL AND starts_at > $3`,
    [organizationId, scope.stageId, scope.now],
  );
  return row?.at ?? null;
}
