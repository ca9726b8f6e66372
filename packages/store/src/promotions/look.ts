/**
 * What happens to promotions by itself. INVARIANTS
 * - Everything is derived from Postgres: jobs and timers only say when to look. A look that finds nothing writes nothing.
 * - What was read without a lock is only a reason to look closer: whatever starts was decided again under the lock of its stage, so that two workers
 *   equal one.
 * - A stage takes a release by itself at most once: what was there, was canceled or was taken back comes again only with a person.
 */
import { systemActor } from '@sluice/ledger';
import { eligibilityOf, isAutomaticallyWanted } from '@sluice/promotion';
import type { Reader } from '../base/reader.ts';
import type { Store } from '../base/store.ts';
import type { Transaction } from '../base/transaction.ts';
import { StoreError } from '../errors.ts';
import type { ReleaseSigner } from '../rollouts/run.ts';
import { createPromotion } from './create-promotion.ts';
import { loadFacts } from './load-facts.ts';
import { lockStage, lockWaiting } from './lock-promotion.ts';
import { startIfEligible } from './start-promotion.ts';

/** What a look came to. */
export type PromotionsLooked = {
  /** Rollouts that started: enqueue `rollout.advance` for each. */
  rolloutIds: string[];
  /** Promotions that were made for stages by themselves. */
  promotionIds: string[];
  /** When time alone may change something; null: it does not. Milliseconds since 1970. */
  lookAgainAt: number | null;
  /** What could not be done; the others went on. */
  failures: { stageId: string; error: unknown }[];
};

const context = { actor: systemActor };

type Waiting = { id: string; organizationId: string; stageId: string; releaseId: string; nextLookAt: Date | null };
type Candidate = { organizationId: string; stageId: string; releaseId: string };

const waitingQuery = `
  SELECT id, organization_id AS "organizationId", stage_id AS "stageId", release_id AS "releaseId", next_look_at AS "nextLookAt"
    FROM promotion WHERE state = 'waiting' ORDER BY id`;

// Newer than everything that ever was there or was asked for there. Where a person's promotion waits, the stage wants nothing by itself.
const newerThanAll = (stage: string): string => `
  greatest((SELECT max(l.counter) FROM rollout o JOIN release l ON l.id = o.release_id WHERE o.stage_id = ${stage}),
           (SELECT max(l.counter) FROM promotion o JOIN release l ON l.id = o.release_id WHERE o.stage_id = ${stage}), 0)`;

const candidatesMax = 50;
const candidateQuery = `
  SELECT s.organization_id AS "organizationId", s.id AS "stageId", c.id AS "releaseId"
    FROM stage s JOIN pipeline p ON p.id = s.pipeline_id
   CROSS JOIN LATERAL (
     SELECT r.id, r.counter FROM release r
      WHERE r.application_id = p.application_id AND r.republished_from IS NULL AND r.counter > ${newerThanAll('s.id')}
      ORDER BY r.counter DESC LIMIT ${candidatesMax}) c
   WHERE s.gates @> '{"automatic": true}' AND ($1::uuid IS NULL OR s.id = $1) AND s.deleted_at IS NULL AND p.deleted_at IS NULL
     AND NOT EXISTS (SELECT FROM promotion o WHERE o.stage_id = s.id AND o.state = 'waiting' AND o.origin = 'person')
   ORDER BY s.id, c.counter DESC`;

/** Starts what waits and is eligible, and promotes into stages that take what is verified by themselves. */
export async function lookAtPromotions(store: Pick<Store, 'query' | 'transaction'>, options: Options): Promise<PromotionsLooked> {
  const looked: PromotionsLooked = { rolloutIds: [], promotionIds: [], lookAgainAt: null, failures: [] };
  await lookAtStages(store, options, looked);
  await lookAtWaiting(store, options, looked);
  return looked;
}

/** `releaseSigner`: signs releases anew for devices that have committed a higher counter. */
type Options = { now: Date; signal?: AbortSignal; releaseSigner?: ReleaseSigner };
type Doors = Pick<Store, 'query' | 'transaction'>;

async function lookAtWaiting(store: Doors, { now, signal, releaseSigner }: Options, looked: PromotionsLooked): Promise<void> {
  const all = await store.query<Waiting>(waitingQuery);
  for (const [organizationId, waiting] of Map.groupBy(all, (each) => each.organizationId)) {
    const answers = await eligibilities(store, organizationId, { cells: waiting, now });
    const stale: { id: string; at: Date | null }[] = [];
    for (const [promotion, { isEligible, lookAgainAt }] of answers) {
      looked.lookAgainAt = earlier(looked.lookAgainAt, lookAgainAt);
      if (isEligible) await attempt(looked, promotion.stageId, signal, () => startOne(store, promotion, { looked, releaseSigner }));
      else if (lookAgainAt !== (promotion.nextLookAt?.getTime() ?? null)) {
        stale.push({ id: promotion.id, at: lookAgainAt === null ? null : new Date(lookAgainAt) });
      }
    }
    await noteTimers(store, stale);
  }
}

type Starting = { looked: PromotionsLooked; releaseSigner: ReleaseSigner | undefined };

async function startOne(store: Doors, { id, organizationId }: Waiting, { looked, releaseSigner }: Starting): Promise<void> {
  const rolloutId = await store.transaction(async (tx) => {
    const promotion = await lockWaiting(tx, organizationId, { promotionId: id });
    return (await startIfEligible(tx, organizationId, promotion, context, releaseSigner)).rolloutId;
  });
  if (rolloutId !== null) looked.rolloutIds.push(rolloutId);
}

async function noteTimers(store: Doors, timers: readonly { id: string; at: Date | null }[]): Promise<void> {
  if (timers.length === 0) return;
  await store.query(
    `UPDATE promotion p SET next_look_at = u.at FROM unnest($1::uuid[], $2::timestamptz[]) AS u (id, at) WHERE p.id = u.id AND p.state = 'waiting'`,
    [timers.map(({ id }) => id), timers.map(({ at }) => at)],
  );
}

/** The newest release that a stage may take goes there, and of the older ones none. */
async function lookAtStages(store: Doors, { now, signal }: Options, looked: PromotionsLooked): Promise<void> {
  const all = await store.query<Candidate>(candidateQuery, [null]);
  for (const [organizationId, candidates] of Map.groupBy(all, (each) => each.organizationId)) {
    const taken = new Set<string>();
    for (const [candidate, eligibility] of await eligibilities(store, organizationId, { cells: candidates, now })) {
      if (taken.has(candidate.stageId)) continue;
      if (isAutomaticallyWanted(eligibility)) {
        taken.add(candidate.stageId);
        await attempt(looked, candidate.stageId, signal, () => promoteOne(store, candidate, looked));
      } else looked.lookAgainAt = earlier(looked.lookAgainAt, eligibility.lookAgainAt);
    }
  }
}

async function promoteOne(store: Doors, candidate: Candidate, looked: PromotionsLooked): Promise<void> {
  const made = await store.transaction(async (tx) => {
    await lockStage(tx, candidate.organizationId, candidate.stageId);
    if (!(await isStillWanted(tx, candidate))) return null;
    const { stageId, releaseId } = candidate;
    return createPromotion(tx, candidate.organizationId, { stageId, releaseId, origin: 'automatic' }, context);
  });
  if (made === null) return;
  looked.promotionIds.push(made.promotionId);
  if (made.rolloutId !== null) looked.rolloutIds.push(made.rolloutId);
}

/** Under the lock of the stage: another worker, or a person, may have been faster. */
async function isStillWanted(tx: Transaction, { organizationId, stageId, releaseId }: Candidate): Promise<boolean> {
  const candidates = await tx.query<Candidate>(candidateQuery, [stageId]);
  if (!candidates.some((each) => each.releaseId === releaseId)) return false;
  const [answer] = await eligibilities(tx, organizationId, { cells: [{ organizationId, stageId, releaseId }], now: tx.now });
  return answer !== undefined && isAutomaticallyWanted(answer[1]);
}

async function eligibilities<C extends { stageId: string; releaseId: string }>(
  reader: Reader,
  organizationId: string,
  { cells, now }: { cells: readonly C[]; now: Date },
) {
  const distinct = (of: (cell: C) => string): string[] => [...new Set(cells.map(of))];
  const loaded = await loadFacts(reader, organizationId, {
    releaseIds: distinct(({ releaseId }) => releaseId),
    stageIds: distinct(({ stageId }) => stageId),
    now,
  });
  const releases = new Map(loaded.releases.map((release) => [release.id, release]));
  const stages = new Map(loaded.stages.map((stage) => [stage.id, stage]));
  return cells.flatMap((cell) => {
    const release = releases.get(cell.releaseId);
    const stage = stages.get(cell.stageId);
    return release === undefined || stage === undefined
      ? []
      : [[cell, eligibilityOf(loaded.factsOf(release, stage), now.getTime())] as const];
  });
}

/** What was decided elsewhere meanwhile is no failure; one stage that fails keeps no other from going on. */
async function attempt(
  looked: PromotionsLooked,
  stageId: string,
  signal: AbortSignal | undefined,
  work: () => Promise<void>,
): Promise<void> {
  signal?.throwIfAborted();
  try {
    await work();
  } catch (error) {
    if (error instanceof StoreError && error.code === 'UNAVAILABLE') throw error;
    const isOvertaken =
      error instanceof StoreError && (error.code === 'STATE_CONFLICT' || error.code === 'CONFLICT' || error.code === 'NOT_FOUND');
    if (!isOvertaken) looked.failures.push({ stageId, error });
  }
}

const earlier = (a: number | null, b: number | null): number | null => (a === null ? b : b === null ? a : Math.min(a, b));

/** The next time that a promotion waits for; null when none does. */
export async function nextPromotionLook(reader: Reader, after: Date): Promise<Date | null> {
  const [row] = await reader.query<{ at: Date | null }>(
    `SELECT min(next_look_at) AS at FROM promotion WHERE state = 'waiting' AND next_look_at > $1`,
    [after],
  );
  return row?.at ?? null;
}
