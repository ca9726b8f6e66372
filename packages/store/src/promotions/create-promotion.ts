import type { CreatePromotionRequest, StageEligibility } from '@sluice/contracts';
import { eligibilityOf, type PromotionBlocker, type PromotionFacts } from '@sluice/promotion';
import { creatorIdOf } from '../api-tokens/api-tokens.ts';
import type { Reader } from '../base/reader.ts';
import type { Transaction } from '../base/transaction.ts';
import { notFound, StoreError, stateConflict } from '../errors.ts';
import type { ChangeContext } from '../ledger/change-context.ts';
import { insertPolicy, refuseBadPolicy } from '../rollouts/create-rollout.ts';
import { toStageEligibility } from './eligibility.ts';
import { endPromotion } from './end-promotion.ts';
import { loadFacts } from './load-facts.ts';
import { lockStage, lockWaiting, tellPromotion } from './lock-promotion.ts';
import { type Looked, startIfEligible } from './start-promotion.ts';

/** Who wants the release in the stage: somebody, or the stage itself. */
export type PromotionOrigin = 'person' | 'automatic';

type NewPromotion = CreatePromotionRequest & { origin?: PromotionOrigin };
type Making = { request: NewPromotion; target: Target; context: ChangeContext };

export type CreatedPromotion = { promotionId: string; rolloutId: string | null };

type Target = { applicationId: string; releaseApplicationId: string; stageName: string; releaseName: string };

async function readTarget(reader: Reader, organizationId: string, { releaseId, stageId }: CreatePromotionRequest): Promise<Target> {
  const [release] = await reader.query<{ applicationId: string; name: string }>(
    'SELECT application_id AS "applicationId", name FROM release WHERE organization_id = $1 AND id = $2',
    [organizationId, releaseId],
  );
  if (release === undefined) throw notFound('release', releaseId);
  const [stage] = await reader.query<{ applicationId: string; name: string }>(
    `SELECT p.application_id AS "applicationId", s.name FROM stage s JOIN pipeline p ON p.id = s.pipeline_id
      WHERE s.organization_id = $1 AND s.id = $2 AND s.deleted_at IS NULL AND p.deleted_at IS NULL`,
    [organizationId, stageId],
  );
  if (stage === undefined) throw notFound('stage', stageId);
  if (stage.applicationId !== release.applicationId) {
    const message = "The release belongs to another application than the stage's pipeline: choose one of its own.";
    throw new StoreError('RELEASE_INCOMPATIBLE', message);
  }
  return {
    applicationId: stage.applicationId,
    releaseApplicationId: release.applicationId,
    stageName: stage.name,
    releaseName: release.name,
  };
}

/**
 * Promotes a release into a stage: it waits there until nothing blocks it any more, or starts at once.
 * @throws StoreError NOT_FOUND, RELEASE_INCOMPATIBLE, POLICY_INVALID; CONFLICT when another promotion waits there, naming who promoted what;
 * STATE_CONFLICT when it could never start: the release is there already, or older than what is
 */
export async function createPromotion(
  tx: Transaction,
  organizationId: string,
  request: NewPromotion,
  context: ChangeContext,
): Promise<CreatedPromotion> {
  const { releaseId, stageId, policy } = request;
  await lockStage(tx, organizationId, stageId);
  const target = await readTarget(tx, organizationId, request);
  if (policy !== undefined) refuseBadPolicy(policy);
  await takePlace(tx, organizationId, { request, target, context });
  const promotionId = await insertPromotion(tx, organizationId, { request, target, context });
  const locked = await lockWaiting(tx, organizationId, { promotionId });
  const transition = { action: 'promotion.created', after: describe(request), reason: request.reason } as const;
  await tellPromotion(tx, organizationId, { promotion: locked, transition, context });
  const looked = await startIfEligible(tx, organizationId, locked, context);
  refuseHopeless(looked);
  if (looked.rolloutId === null) await askForApproval(tx, organizationId, { promotionId, releaseId, stageId, target, looked }, context);
  return { promotionId, rolloutId: looked.rolloutId };
}

/** What nothing but another promotion could change. */
const hopeless: ReadonlySet<PromotionBlocker['code']> = new Set(['already_there', 'older_than_running']);

function refuseHopeless({ eligibility }: Looked): void {
  const found = eligibility.blockers.find(({ code }) => hopeless.has(code));
  if (found !== undefined) throw stateConflict(`${found.sentence} ${found.unblock}`);
}

async function askForApproval(
  tx: Transaction,
  organizationId: string,
  of: { promotionId: string; releaseId: string; stageId: string; target: Target; looked: Looked },
  context: ChangeContext,
): Promise<void> {
  const { approval } = of.looked;
  if (approval === undefined) return;
  const { target } = of;
  const promotion = { id: of.promotionId, releaseId: of.releaseId, stageId: of.stageId, ...target };
  const after = { required: approval.required, role: approval.role, creatorExcluded: approval.creatorExcluded, revision: 1 };
  await tellPromotion(tx, organizationId, { promotion, transition: { action: 'promotion.approval_needed', after }, context });
}

/** One promotion waits per stage: another one has to say that it takes its place. */
async function takePlace(tx: Transaction, organizationId: string, { request, target, context }: Making): Promise<void> {
  const [open] = await tx.query<{ id: string; releaseName: string; by: string; at: Date; origin: PromotionOrigin }>(
    `SELECT p.id, p.origin, l.name AS "releaseName", p.created_by AS by, p.created_at AS at
       FROM promotion p JOIN release l ON l.id = p.release_id WHERE p.stage_id = $1 AND p.state = 'waiting'`,
    [request.stageId],
  );
  if (open === undefined) return;
  // Of two releases that the stage itself wants, it wants the newer one.
  const givesWay = request.origin === 'automatic' && open.origin === 'automatic';
  if (request.supersede !== true && !givesWay) {
    throw new StoreError(
      'CONFLICT',
      `${open.by} promoted ${open.releaseName} into ${target.stageName} at ${open.at.toISOString()}, and that promotion (${open.id}) waits. Approve or cancel it, or promote with supersede to take its place.`,
    );
  }
  const promotion = await lockWaiting(tx, organizationId, { promotionId: open.id });
  const reason = `${context.actor.name} promoted ${target.releaseName} instead.`;
  await endPromotion(tx, organizationId, promotion, { state: 'superseded', reason, context });
}

async function insertPromotion(tx: Transaction, organizationId: string, { request, target, context }: Making): Promise<string> {
  const { policy } = request;
  const policyId = policy === undefined ? null : await insertPolicy(tx, organizationId, policy, context);
  const id = tx.uuid();
  await tx.execute(
    `INSERT INTO promotion (id, organization_id, application_id, release_id, stage_id, state, origin, policy_id, start_at, priority,
                            hotfix_reason, plan_seed, supersede, last_change, created_by, creator_id, created_at, changed_at)
     VALUES ($1, $2, $3, $4, $5, 'waiting', $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $16)`,
    [
      id,
      organizationId,
      target.applicationId,
      request.releaseId,
      request.stageId,
      request.origin ?? 'person',
      policyId,
      request.startAt ?? null,
      request.priority ?? 0,
      request.hotfixReason ?? null,
      request.planSeed ?? null,
      request.supersede ?? false,
      `${context.actor.name} created it`,
      context.actor.name,
      await creatorIdOf(tx, context.actor),
      tx.now,
    ],
  );
  return id;
}

/** What was chosen, for the ledger. */
function describe(request: NewPromotion): Record<string, string | number | boolean> {
  const { origin = 'person', startAt, priority, hotfixReason, supersede, policy } = request;
  return {
    origin,
    ...(startAt === undefined ? {} : { startAt }),
    ...(priority === undefined ? {} : { priority }),
    ...(hotfixReason === undefined ? {} : { hotfixReason }),
    ...(supersede === undefined ? {} : { supersede }),
    ownPolicy: policy !== undefined,
  };
}

/**
 * What would keep a promotion back if it were made now; nothing is written.
 * @throws StoreError NOT_FOUND, RELEASE_INCOMPATIBLE, POLICY_INVALID
 */
export async function validatePromotion(
  reader: Reader,
  organizationId: string,
  request: CreatePromotionRequest & { creatorId: string; now: Date },
): Promise<StageEligibility> {
  const { releaseId, stageId, policy, now } = request;
  await readTarget(reader, organizationId, request);
  if (policy !== undefined) refuseBadPolicy(policy);
  const loaded = await loadFacts(reader, organizationId, { releaseIds: [releaseId], stageIds: [stageId], now });
  const [release] = loaded.releases;
  const [stage] = loaded.stages;
  if (release === undefined) throw notFound('release', releaseId);
  if (stage === undefined) throw notFound('stage', stageId);
  const asked: PromotionFacts = {
    id: '',
    creatorId: request.creatorId,
    revision: 1,
    approvals: [],
    startAt: request.startAt === undefined ? null : Date.parse(request.startAt),
    isHotfix: request.hotfixReason !== undefined,
    supersede: request.supersede ?? false,
  };
  return toStageEligibility(loaded, { release, stage }, eligibilityOf(loaded.factsOf(release, stage, asked), now.getTime()));
}
