/**
 * The facts of eligibility for many releases and stages. INVARIANTS
 * - So many statements, whatever the number of releases and stages; each costs what there is, not releases × stages.
 * - The same is asked for a whole pipeline, for one promotion that waits, and under lock before one starts: they cannot differ.
 */
import type { EligibilityFacts, PromotionFacts, ReleaseFacts, StageFacts, UpstreamFacts } from '@sluice/promotion';
import type { ApprovalGiven } from '@sluice/rollout';
import type { Reader } from '../base/reader.ts';
import { readFindings } from './finding-facts.ts';
import { readStageFacts, readStageRecords, type StageRecord } from './stage-facts.ts';
import { type NewestRollouts, readNewestRollouts } from './upstream-facts.ts';

type ReleaseRow = ReleaseFacts & { requires: string[] };
type PromotionRow = Omit<PromotionFacts, 'approvals' | 'startAt'> & {
  stageId: string;
  releaseId: string;
  startAt: Date | null;
  approvals: ApprovalGiven[];
};

// Declared by the snapshot: reading manifests, with all their files, would cost more than everything else.
const releaseQuery = `
  SELECT r.id, r.name, r.counter, r.application_id AS "applicationId",
         coalesce((SELECT array_agg(n.name) FROM jsonb_to_recordset(s.variables) AS n (name text, required boolean, "default" text)
                    WHERE n.required AND n."default" IS NULL), '{}') AS requires
    FROM release r JOIN snapshot s ON s.id = r.snapshot_id
   WHERE r.organization_id = $1 AND r.id = ANY($2::uuid[])
   ORDER BY r.counter DESC, r.id`;

// With the role that each person has now: who lost it does not count any more.
const promotionQuery = `
  SELECT p.id, p.stage_id AS "stageId", p.release_id AS "releaseId", p.creator_id AS "creatorId", p.revision, p.start_at AS "startAt",
         p.hotfix_reason IS NOT NULL AS "isHotfix", p.supersede,
         coalesce((SELECT jsonb_agg(jsonb_build_object('person', a.person_id, 'revision', a.revision, 'role', m.role))
                     FROM promotion_approval a
                     LEFT JOIN membership m ON m.organization_id = p.organization_id AND m.person_id = a.person_id
                    WHERE a.promotion_id = p.id), '[]') AS approvals
    FROM promotion p WHERE p.stage_id = ANY($1::uuid[]) AND p.state = 'waiting'`;

export type LoadedFacts = {
  /** Newest first. Those of the ids that there are. */
  releases: readonly ReleaseFacts[];
  /** In the order of their pipelines. */
  stages: readonly StageRecord[];
  /** The newest rollout of a release in a stage. */
  newest: NewestRollouts;
  /** What waits in a stage. */
  waiting: ReadonlyMap<string, PromotionFacts & { releaseId: string }>;
  /** @param asked in the place of a promotion that waits: what somebody is about to ask for */
  factsOf(release: ReleaseFacts, stage: StageRecord, asked?: PromotionFacts): EligibilityFacts;
};

const nobody: readonly string[] = [];

/** Reads everything that decides whether any of these releases may go into any of these stages. */
export async function loadFacts(
  reader: Reader,
  organizationId: string,
  of: { releaseIds: readonly string[]; stageIds: readonly string[]; now: Date },
): Promise<LoadedFacts> {
  const { releaseIds, now } = of;
  const releases = await reader.query<ReleaseRow>(releaseQuery, [organizationId, releaseIds]);
  const stages = await readStageRecords(reader, organizationId, of.stageIds);
  const soakingStageIds = new Set(stages.flatMap(({ gates, upstreams }) => (gates.soakMs > 0 ? upstreams.map(({ id }) => id) : [])));
  const places = new Set(stages.flatMap(({ id, upstreams }) => [id, ...upstreams.map((upstream) => upstream.id)]));
  const newest = await readNewestRollouts(reader, organizationId, { releaseIds, stageIds: [...places], soakingStageIds, now });
  const ofStages = await readStageFacts(reader, organizationId, { records: stages, releaseIds, now });
  const findingsOf = await readFindings(reader, organizationId, { releaseIds, stages });
  const rows = await reader.query<PromotionRow>(promotionQuery, [stages.map(({ id }) => id)]);
  const waiting = new Map(rows.map(({ stageId, ...row }) => [stageId, { ...row, startAt: row.startAt?.getTime() ?? null }] as const));
  const required = new Map(releases.map(({ id, requires }) => [id, requires] as const));
  return {
    releases,
    stages,
    newest,
    waiting,
    factsOf: (release, stage, asked) => ({
      release,
      requires: required.get(release.id) ?? nobody,
      stage: factsOfStage(ofStages, stage),
      upstreams: stage.upstreams.map(
        ({ id, name, isDeleted }): UpstreamFacts => ({ stageId: id, name, isDeleted, rollout: newest.get(id)?.get(release.id) ?? null }),
      ),
      findings: findingsOf(release.id, stage),
      promotion: asked ?? promotionOf(waiting.get(stage.id), release.id),
    }),
  };
}

function factsOfStage(all: ReadonlyMap<string, StageFacts>, { id }: StageRecord): StageFacts {
  const facts = all.get(id);
  if (facts === undefined) throw new Error(`the facts of stage ${id} were not read`);
  return facts;
}

function promotionOf(waiting: (PromotionFacts & { releaseId: string }) | undefined, releaseId: string): PromotionFacts | null {
  return waiting?.releaseId === releaseId ? waiting : null;
}
