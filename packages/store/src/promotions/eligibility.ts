/** Whether releases may go into stages, in the form of the API. */
import type {
  PipelineEligibility,
  PipelineEligibilityQuery,
  PromotionBlocker,
  ReleaseEligibility,
  ReleaseEligibilityQuery,
  StageEligibility,
} from '@sluice/contracts';
import { type Eligibility, eligibilityOf, type PromotionBlocker as PureBlocker, type ReleaseFacts } from '@sluice/promotion';
import { pageById } from '../base/paging.ts';
import type { Reader } from '../base/reader.ts';
import { notFound } from '../errors.ts';
import { type LoadedFacts, loadFacts } from './load-facts.ts';
import type { StageRecord } from './stage-facts.ts';

const isoOf = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());

/** A blocker in the form of the API. */
export function toPromotionBlocker({ until, about, numbers, ...blocker }: PureBlocker): PromotionBlocker {
  return { ...blocker, until: isoOf(until), about: about as string[], numbers: numbers as Record<string, number> };
}

/** An answer in the form of the API. */
export function toStageEligibility(
  { newest, waiting }: Pick<LoadedFacts, 'newest' | 'waiting'>,
  { release, stage }: { release: ReleaseFacts; stage: StageRecord },
  { isEligible, blockers, lookAgainAt }: Eligibility,
): StageEligibility {
  const open = waiting.get(stage.id);
  const rollout = newest.get(stage.id)?.get(release.id);
  return {
    stageId: stage.id,
    stageName: stage.name,
    isEligible,
    blockers: blockers.map(toPromotionBlocker),
    lookAgainAt: isoOf(lookAgainAt),
    promotionId: open?.releaseId === release.id ? open.id : null,
    rolloutId: rollout?.id ?? null,
    rolloutState: rollout?.state ?? null,
  };
}

function ofRelease(loaded: LoadedFacts, release: ReleaseFacts, now: Date): ReleaseEligibility {
  return {
    releaseId: release.id,
    releaseName: release.name,
    releaseCounter: release.counter,
    stages: loaded.stages.map((stage) =>
      toStageEligibility(loaded, { release, stage }, eligibilityOf(loaded.factsOf(release, stage), now.getTime())),
    ),
  };
}

// What was signed anew to go back to it is reached by rolling back, not by promoting.
const releasesQuery = `
  SELECT r.id FROM release r
   WHERE r.organization_id = $1 AND r.application_id = $2 AND r.republished_from IS NULL AND ($3::uuid IS NULL OR r.id < $3)
     AND ($4::uuid IS NULL OR r.id = $4)
   ORDER BY r.id DESC LIMIT $5`;

const limitDefault = 50;
const limitMax = 500;

/**
 * Which releases may go into which stages of a pipeline, and why not: all, newest first and page by page, or those asked for.
 * @throws StoreError NOT_FOUND, CURSOR_INVALID
 */
export async function getPipelineEligibility(
  reader: Reader,
  organizationId: string,
  of: PipelineEligibilityQuery & { pipelineId: string; now: Date },
): Promise<PipelineEligibility> {
  const { pipelineId, stageId, releaseId, cursor, limit = limitDefault, now } = of;
  const [pipeline] = await reader.query<{ applicationId: string; stageIds: string[] }>(
    `SELECT p.application_id AS "applicationId",
            (SELECT coalesce(array_agg(s.id::text), '{}') FROM stage s WHERE s.pipeline_id = p.id AND s.deleted_at IS NULL) AS "stageIds"
       FROM pipeline p WHERE p.organization_id = $1 AND p.id = $2 AND p.deleted_at IS NULL`,
    [organizationId, pipelineId],
  );
  if (pipeline === undefined) throw notFound('pipeline', pipelineId);
  if (stageId !== undefined && !pipeline.stageIds.includes(stageId)) throw notFound('stage', stageId);
  const asked = { ...(cursor === undefined ? {} : { cursor }), limit };
  const page = await pageById(
    asked,
    ({ before, limit: count }) =>
      reader.query<{ id: string }>(releasesQuery, [organizationId, pipeline.applicationId, before, releaseId ?? null, count]),
    limitMax,
  );
  const loaded = await loadFacts(reader, organizationId, {
    releaseIds: page.items.map(({ id }) => id),
    stageIds: stageId === undefined ? pipeline.stageIds : [stageId],
    now,
  });
  return {
    pipelineId,
    at: now.toISOString(),
    items: loaded.releases.map((release) => ofRelease(loaded, release, now)),
    nextCursor: page.nextCursor,
  };
}

/**
 * Into which stages of its application a release may go, and why not into the others.
 * @throws StoreError NOT_FOUND for the release, or a stage that is not one of its application
 */
export async function getReleaseEligibility(
  reader: Reader,
  organizationId: string,
  of: ReleaseEligibilityQuery & { releaseId: string; now: Date },
): Promise<ReleaseEligibility> {
  const { releaseId, stageId, now } = of;
  const stages = await reader.query<{ id: string }>(
    `SELECT s.id FROM stage s JOIN pipeline p ON p.id = s.pipeline_id JOIN release r ON r.application_id = p.application_id
      WHERE r.organization_id = $1 AND r.id = $2 AND ($3::uuid IS NULL OR s.id = $3) AND s.deleted_at IS NULL AND p.deleted_at IS NULL`,
    [organizationId, releaseId, stageId ?? null],
  );
  const loaded = await loadFacts(reader, organizationId, { releaseIds: [releaseId], stageIds: stages.map(({ id }) => id), now });
  const [release] = loaded.releases;
  if (release === undefined) throw notFound('release', releaseId);
  if (stageId !== undefined && loaded.stages.length === 0) throw notFound('stage', stageId);
  return ofRelease(loaded, release, now);
}
