/** The newest rollouts of releases in stages, and how the devices of those are that a soak is asked of. */
import type { RolloutState } from '@sluice/contracts';
import type { UpstreamRollout } from '@sluice/promotion';
import type { Reader } from '../base/reader.ts';
import { rootOf } from '../rollouts/going-back.ts';
import { readSoaks } from './soak.ts';

type Row = {
  id: string;
  stageId: string;
  releaseId: string;
  /** The release that devices were given: the same files, perhaps under a higher counter. */
  givenId: string;
  state: RolloutState;
  finishedAt: Date | null;
  replacedAt: Date | null;
  replacedBy: string | null;
  isRolledBack: boolean;
  soakBrokenAt: Date | null;
};

const newestQuery = `
  SELECT DISTINCT ON (r.stage_id, ${rootOf('w')})
         r.id, r.stage_id AS "stageId", ${rootOf('w')} AS "releaseId", w.id AS "givenId", r.state, r.finished_at AS "finishedAt", r.replaced_at AS "replacedAt",
         l.name AS "replacedBy", coalesce(k.kind = 'rollback', false) AS "isRolledBack", r.soak_broken_at AS "soakBrokenAt"
    FROM rollout r
    JOIN release w ON w.id = r.release_id
    LEFT JOIN rollout k ON k.id = r.replaced_by_id
    LEFT JOIN release l ON l.id = k.release_id
   WHERE r.stage_id = ANY($1::uuid[]) AND (w.id = ANY($2::uuid[]) OR w.republished_from = ANY($2::uuid[])) AND r.kind = 'promotion'
   ORDER BY r.stage_id, ${rootOf('w')}, r.id DESC`;

/** By stage, then by release. */
export type NewestRollouts = ReadonlyMap<string, ReadonlyMap<string, UpstreamRollout>>;

/** `soakingStageIds`: the stages in which some stage after them asks for a soak. */
export async function readNewestRollouts(
  reader: Reader,
  organizationId: string,
  of: { releaseIds: readonly string[]; stageIds: readonly string[]; soakingStageIds: ReadonlySet<string>; now: Date },
): Promise<NewestRollouts> {
  const rows = await reader.query<Row>(newestQuery, [of.stageIds, of.releaseIds]);
  const watched = rows.flatMap(({ id, stageId, givenId, state, finishedAt, replacedAt }) => {
    const hasEndedWell = state === 'succeeded' || state === 'completed_with_failures';
    return hasEndedWell && finishedAt !== null && replacedAt === null && of.soakingStageIds.has(stageId)
      ? [{ id, releaseId: givenId, finishedAt }]
      : [];
  });
  const soaks = new Map((await readSoaks(reader, organizationId, { rollouts: watched, now: of.now })).map((row) => [row.rolloutId, row]));
  const found = new Map<string, Map<string, UpstreamRollout>>();
  for (const row of rows) {
    const soak = soaks.get(row.id);
    const ofStage = found.get(row.stageId) ?? new Map<string, UpstreamRollout>();
    ofStage.set(row.releaseId, {
      id: row.id,
      state: row.state,
      finishedAt: row.finishedAt?.getTime() ?? null,
      isRolledBack: row.isRolledBack,
      replaced: row.replacedAt === null ? null : { at: row.replacedAt.getTime(), by: row.replacedBy ?? 'Another release' },
      unhealthy: soak?.unhealthy ?? 0,
      lost: soak?.lost ?? 0,
      brokenAt: (row.soakBrokenAt ?? soak?.brokenAt)?.getTime() ?? null,
    });
    found.set(row.stageId, ofStage);
  }
  return found;
}
