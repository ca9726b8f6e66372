import type { Page, Promotion, PromotionApproval, PromotionDetail, PromotionQuery } from '@sluice/contracts';
import { eligibilityOf } from '@sluice/promotion';
import { pageById } from '../base/paging.ts';
import type { Reader } from '../base/reader.ts';
import { iso, isoOrNull } from '../base/rows.ts';
import { notFound } from '../errors.ts';
import { toPromotionBlocker } from './eligibility.ts';
import { loadFacts } from './load-facts.ts';

type Times = 'startAt' | 'createdAt' | 'changedAt' | 'finishedAt' | 'nextLookAt';
type Row = Omit<Promotion, Times> & {
  startAt: Date | null;
  createdAt: Date;
  changedAt: Date;
  finishedAt: Date | null;
  nextLookAt: Date | null;
};

const promotions = `
  SELECT p.id, p.application_id AS "applicationId", a.name AS "applicationName", s.pipeline_id AS "pipelineId",
         p.release_id AS "releaseId", l.name AS "releaseName", p.stage_id AS "stageId", s.name AS "stageName", p.state, p.origin,
         p.start_at AS "startAt", p.priority, p.hotfix_reason AS "hotfixReason", p.policy_id IS NOT NULL AS "hasOwnPolicy", p.supersede,
         p.revision, p.rollout_id AS "rolloutId", p.reason, p.last_change AS "lastChange", p.created_by AS "createdBy",
         p.created_at AS "createdAt", p.changed_at AS "changedAt", p.finished_at AS "finishedAt", p.next_look_at AS "nextLookAt", p.version
    FROM promotion p
    JOIN application a ON a.id = p.application_id
    JOIN release l ON l.id = p.release_id
    JOIN stage s ON s.id = p.stage_id`;

function toPromotion(row: Row): Promotion {
  return {
    ...row,
    startAt: isoOrNull(row.startAt),
    createdAt: iso(row.createdAt),
    changedAt: iso(row.changedAt),
    finishedAt: isoOrNull(row.finishedAt),
    nextLookAt: isoOrNull(row.nextLookAt),
  };
}

/** @throws StoreError NOT_FOUND */
export async function getPromotion(reader: Reader, organizationId: string, promotionId: string): Promise<Promotion> {
  const [row] = await reader.query<Row>(`${promotions} WHERE p.organization_id = $1 AND p.id = $2`, [organizationId, promotionId]);
  if (row === undefined) throw notFound('promotion', promotionId);
  return toPromotion(row);
}

/** Newest first. @throws StoreError CURSOR_INVALID */
export async function listPromotions(reader: Reader, organizationId: string, query: PromotionQuery): Promise<Page<Promotion>> {
  const page = await pageById(query, ({ before, limit }) =>
    reader.query<Row>(
      `${promotions}
        WHERE p.organization_id = $1 AND ($2::uuid IS NULL OR p.id < $2) AND ($3::text IS NULL OR p.state = $3)
          AND ($4::uuid IS NULL OR p.application_id = $4) AND ($5::uuid IS NULL OR p.stage_id = $5)
          AND ($6::uuid IS NULL OR p.release_id = $6)
        ORDER BY p.id DESC LIMIT $7`,
      [organizationId, before, query.state ?? null, query.applicationId ?? null, query.stageId ?? null, query.releaseId ?? null, limit],
    ),
  );
  return { ...page, items: page.items.map(toPromotion) };
}

type ApprovalRow = { person: string; comment: string; at: Date; counts: boolean };

// Counts as `countApprovals` of the engine counts: for this revision, by somebody who has the role now and is not the creator where excluded.
const approvalQuery = `
  SELECT a.person_name AS person, a.comment, a.created_at AS at,
         a.revision = p.revision AND m.role IS NOT NULL
           AND (m.role = 'owner' OR m.role = coalesce(s.gates -> 'approval' ->> 'role', 'operator'))
           AND NOT (coalesce((s.gates -> 'approval' ->> 'creatorExcluded')::boolean, false) AND p.creator_id = a.person_id::text) AS counts
    FROM promotion_approval a
    JOIN promotion p ON p.id = a.promotion_id
    JOIN stage s ON s.id = p.stage_id
    LEFT JOIN membership m ON m.organization_id = p.organization_id AND m.person_id = a.person_id
   WHERE a.promotion_id = $1 ORDER BY a.created_at, a.person_id`;

/**
 * One promotion with what people said and, while it waits, everything that blocks it.
 * @throws StoreError NOT_FOUND
 */
export async function getPromotionDetail(
  reader: Reader,
  organizationId: string,
  of: { promotionId: string; now: Date },
): Promise<PromotionDetail> {
  const promotion = await getPromotion(reader, organizationId, of.promotionId);
  const approvals = (await reader.query<ApprovalRow>(approvalQuery, [of.promotionId])).map(
    (row): PromotionApproval => ({ ...row, at: iso(row.at) }),
  );
  return {
    ...promotion,
    approvals,
    blockers: promotion.state === 'waiting' ? await blockersOf(reader, organizationId, promotion, of.now) : [],
  };
}

async function blockersOf(
  reader: Reader,
  organizationId: string,
  { releaseId, stageId }: Promotion,
  now: Date,
): Promise<PromotionDetail['blockers']> {
  const loaded = await loadFacts(reader, organizationId, { releaseIds: [releaseId], stageIds: [stageId], now });
  const [release] = loaded.releases;
  const [stage] = loaded.stages;
  if (release === undefined || stage === undefined) return [];
  return eligibilityOf(loaded.factsOf(release, stage), now.getTime()).blockers.map(toPromotionBlocker);
}
