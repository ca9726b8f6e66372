/** What is the same for every release that could go into a stage, of many stages with a few statements. */
import { type RolloutState, type StageGates, terminalRolloutStates } from '@sluice/contracts';
import type { FreezeFacts, HoldFacts, InFlight, MissingVariable, OpenPromotion, StageFacts } from '@sluice/promotion';
import { activeDeploymentStates } from '@sluice/rollout';
import type { Reader } from '../base/reader.ts';
import { stageMembersSql } from '../groups/membership.ts';
import { rootOf } from '../rollouts/going-back.ts';
import { membersOf } from '../rollouts/plan.ts';
import { missingVariables } from '../variables/missing.ts';

/** A stage with what its facts do not say: where it stands, and what it comes after. */
export type StageRecord = {
  id: string;
  name: string;
  position: number;
  pipelineId: string;
  applicationId: string;
  isDeleted: boolean;
  gates: StageGates;
  hasDevices: boolean;
  /** `givenId`: under which counter; the rest is of the release as it was first published. */
  running: (NonNullable<StageFacts['running']> & { givenId: string }) | null;
  upstreams: { id: string; name: string; isDeleted: boolean }[];
};

const stageQuery = `
  SELECT s.id, s.name, s.position, s.pipeline_id AS "pipelineId", p.application_id AS "applicationId",
         s.deleted_at IS NOT NULL OR p.deleted_at IS NOT NULL AS "isDeleted", s.gates,
         EXISTS (SELECT FROM ${stageMembersSql('s.id')} m JOIN device v ON v.id = m.device_id
                  WHERE v.organization_id = s.organization_id AND v.approval = 'approved') AS "hasDevices",
         (SELECT jsonb_build_object('releaseId', o.id, 'releaseName', o.name, 'counter', o.counter, 'givenId', l.id)
            FROM (SELECT r.release_id FROM rollout r WHERE r.stage_id = s.id AND r.state IN ('succeeded', 'completed_with_failures')
                   ORDER BY r.id DESC LIMIT 1) n
            JOIN release l ON l.id = n.release_id JOIN release o ON o.id = ${rootOf('l')}) AS running,
         coalesce((SELECT jsonb_agg(jsonb_build_object('id', t.id, 'name', t.name, 'isDeleted', t.deleted_at IS NOT NULL) ORDER BY t.position, t.id)
                     FROM stage_upstream u JOIN stage t ON t.id = u.upstream_id WHERE u.stage_id = s.id), '[]') AS upstreams
    FROM stage s JOIN pipeline p ON p.id = s.pipeline_id
   WHERE s.organization_id = $1 AND s.id = ANY($2::uuid[])
   ORDER BY p.created_at, p.id, s.position, s.id`;

// Whether any device is left that a rollout of what was last given there would change: the statement that plans rollouts says so.
const unsettledQuery = `
  SELECT p.stage_id AS id
    FROM (SELECT * FROM unnest($1::uuid[], $3::uuid[]) AS q (stage_id, release_id)) p
   WHERE EXISTS (SELECT FROM (${membersOf(
     `SELECT l.organization_id, p.stage_id, l.id AS release_id, o.variables_revision, p.stage_id::text AS seed
        FROM release l JOIN organization o ON o.id = l.organization_id WHERE l.id = p.release_id`,
   )}) m WHERE NOT m.current)`;

const inFlightQuery = `
  SELECT r.stage_id AS "stageId", r.id AS "rolloutId", l.name AS "releaseName", r.state, r.created_by AS by, r.kind = 'rollback' AS "isRollback"
    FROM rollout r JOIN release l ON l.id = r.release_id
   WHERE r.organization_id = $1 AND r.stage_id = ANY($2::uuid[]) AND r.state <> ALL($3::text[])
   ORDER BY r.id DESC`;

const openQuery = `
  SELECT p.stage_id AS "stageId", p.id, p.release_id AS "releaseId", l.name AS "releaseName", p.created_by AS by, p.created_at AS at
    FROM promotion p JOIN release l ON l.id = p.release_id
   WHERE p.stage_id = ANY($1::uuid[]) AND p.state = 'waiting'`;

const holdQuery = `
  SELECT stage_id AS "stageId", release_id AS "releaseId", reason, created_by AS by
    FROM rollout_hold WHERE stage_id = ANY($1::uuid[]) AND lifted_at IS NULL ORDER BY id`;

const freezeQuery = `
  SELECT stage_id AS "stageId", name, starts_at AS "startsAt", ends_at AS "endsAt"
    FROM rollout_freeze
   WHERE organization_id = $1 AND (stage_id IS NULL OR stage_id = ANY($2::uuid[])) AND lifted_at IS NULL AND (ends_at IS NULL OR ends_at > $3)
   ORDER BY id`;

type OfStage<T> = T & { stageId: string };
type FreezeRow = { stageId: string | null; name: string; startsAt: Date; endsAt: Date | null };

/** Stages of the organization among these ids, those that were deleted, too, in the order of their pipelines. */
export function readStageRecords(reader: Reader, organizationId: string, stageIds: readonly string[]): Promise<StageRecord[]> {
  return reader.query<StageRecord>(stageQuery, [organizationId, stageIds]);
}

const byStage = <T>(rows: readonly OfStage<T>[]): Map<string, T[]> =>
  Map.groupBy(rows, ({ stageId }) => stageId) as unknown as Map<string, T[]>;

/** Stages whose devices all run what was last given there; only asked about where one of the releases is that. */
async function settledStages(reader: Reader, records: readonly StageRecord[], releaseIds: readonly string[]): Promise<Set<string>> {
  const asked = new Set(releaseIds);
  const places = records.flatMap(({ id, running }) => (running !== null && asked.has(running.releaseId) ? [{ id, running }] : []));
  if (places.length === 0) return new Set();
  const unsettled = await reader.query<{ id: string }>(unsettledQuery, [
    places.map(({ id }) => id),
    activeDeploymentStates,
    places.map(({ running }) => running.givenId),
  ]);
  const left = new Set(unsettled.map(({ id }) => id));
  return new Set(places.flatMap(({ id }) => (left.has(id) ? [] : [id])));
}

async function missingByStage(
  reader: Reader,
  organizationId: string,
  of: { releaseIds: readonly string[]; stageIds: readonly string[] },
): Promise<Map<string, Map<string, MissingVariable>>> {
  const found = new Map<string, Map<string, MissingVariable>>();
  for (const { stageId, name, devices, groups } of await missingVariables(reader, organizationId, of)) {
    const ofStage = found.get(stageId) ?? new Map<string, MissingVariable>();
    ofStage.set(name, { name, devices, groups: groups.map(({ groupName }) => groupName) });
    found.set(stageId, ofStage);
  }
  return found;
}

/** Reads the facts of stages, for these releases. */
export async function readStageFacts(
  reader: Reader,
  organizationId: string,
  of: { records: readonly StageRecord[]; releaseIds: readonly string[]; now: Date },
): Promise<Map<string, StageFacts>> {
  const { records, releaseIds, now } = of;
  const stageIds = records.map(({ id }) => id);
  const settled = await settledStages(reader, records, releaseIds);
  const missing = await missingByStage(reader, organizationId, { releaseIds, stageIds });
  const inFlight = byStage(
    await reader.query<OfStage<InFlight & { state: RolloutState }>>(inFlightQuery, [organizationId, stageIds, terminalRolloutStates]),
  );
  const open = new Map(
    (await reader.query<OfStage<Omit<OpenPromotion, 'at'> & { at: Date }>>(openQuery, [stageIds])).map(
      (row) => [row.stageId, row] as const,
    ),
  );
  const holds = byStage(await reader.query<OfStage<HoldFacts>>(holdQuery, [stageIds]));
  const freezes = (await reader.query<FreezeRow>(freezeQuery, [organizationId, stageIds, now])).map((row) => ({
    stageId: row.stageId,
    freeze: { name: row.name, startsAt: row.startsAt.getTime(), until: row.endsAt?.getTime() ?? null } satisfies FreezeFacts,
  }));
  return new Map(
    records.map(({ id, name, applicationId, isDeleted, gates, hasDevices, running }) => {
      const waiting = open.get(id);
      const facts: StageFacts = {
        ...{ id, name, applicationId, isDeleted, gates, hasDevices, running },
        isSettled: settled.has(id),
        inFlight: inFlight.get(id) ?? [],
        open: waiting === undefined ? null : { ...waiting, at: waiting.at.getTime() },
        holds: holds.get(id) ?? [],
        freezes: freezes.flatMap(({ stageId, freeze }) => (stageId === null || stageId === id ? [freeze] : [])),
        missing: missing.get(id) ?? new Map(),
      };
      return [id, facts];
    }),
  );
}
