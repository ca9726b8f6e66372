/**
 * Who of a stage would go back, and where to. INVARIANTS
 * - What is given up is what the newest rollout there brought: whoever runs an older release already stays, and after a rollback it is what that
 *   brought, with whoever it could not bring back.
 * - Devices that the rollout under way has changed are its own to send back, when it is ended; here they are only named.
 */
import type { NamedDevices, ReleaseReference, RollBackGroup, Rollout, Stage } from '@sluice/contracts';
import type { FreezeInput } from '@sluice/rollout';
import type { Reader } from '../base/reader.ts';
import { only } from '../base/rows.ts';
import { notFound, StoreError, stateConflict } from '../errors.ts';
import { getStage } from '../pipelines/stages.ts';
import { freezeOf } from './freezes.ts';
import { goingBackFrom, rootOf } from './going-back.ts';
import { findRollout } from './read-rollout.ts';
import { changedDevices } from './roll-back.ts';

/** What is asked for; `to` null: each its own last good release. */
export type StageRollBackTarget = { stageId: string; to: string | null; devicesMax: number; now: Date };

/** A way that devices go. `anchorId`: the newest rollout that brought what they leave. */
export type PlannedGroup = Omit<RollBackGroup, 'rolloutId'> & { anchorId: string; priority: number; isOfEnded: boolean };

export type StageRollBackPlan = {
  stage: Stage;
  left: ReleaseReference[];
  ended: Rollout | null;
  groups: PlannedGroup[];
  changing: NamedDevices;
  withoutPrevious: NamedDevices;
  freeze: FreezeInput | null;
  /** SQL of all who leave, but those of the rollout that is ended. */
  leaving: { sql: string; parameters: readonly unknown[] };
};

type Current = { id: string; isUnderWay: boolean };

/**
 * Reads who would go where.
 * @throws StoreError NOT_FOUND; ROLLOUT_ACTIVE: a rollback is under way there; STATE_CONFLICT: nothing was rolled out there, or nobody can go back;
 *   RELEASE_INCOMPATIBLE for `to`
 */
export async function planStageRollBack(reader: Reader, organizationId: string, target: StageRollBackTarget): Promise<StageRollBackPlan> {
  const stage = await getStage(reader, organizationId, target.stageId);
  await refuseSecond(reader, organizationId, stage);
  const current = await readCurrent(reader, organizationId, stage);
  const left = await readLeft(reader, organizationId, stage, current);
  const ended = current.isUnderWay ? ((await findRollout(reader, organizationId, current.id)) ?? null) : null;
  if (target.to !== null) await refuseBadTarget(reader, organizationId, { ...target, to: target.to }, { stage, left, ended });
  const leaving = leavingOf(organizationId, {
    stageId: stage.id,
    rootIds: left.map(({ rootId }) => rootId),
    endedId: ended?.id ?? null,
    to: target.to,
  });
  const own = await readWays(reader, target, leaving);
  const others = ended === null ? [] : await readWays(reader, target, { sql: changedDevices, parameters: [ended.id, organizationId] });
  const references = await readReferences(reader, [...left.map(({ rootId }) => rootId), ...[...own, ...others].map(({ to }) => to ?? '')]);
  const reference = (id: string): ReleaseReference => only(references.filter((each) => each.id === id));
  const groups = [...own.map((way) => ({ ...way, isOfEnded: false })), ...others.map((way) => ({ ...way, isOfEnded: true }))].flatMap(
    ({ leftRootId, to, stageId, stageName, devices, isOfEnded }): PlannedGroup[] => {
      if (to === null) return [];
      const { anchorId, priority } = only(left.filter(({ rootId }) => rootId === leftRootId));
      return [{ from: reference(leftRootId), to: reference(to), stageId, stageName, devices, anchorId, priority, isOfEnded }];
    },
  );
  const leavers = new Set([...own, ...others].map(({ leftRootId }) => leftRootId));
  const given = left.filter(({ rootId }) => ended !== null || leavers.size === 0 || leavers.has(rootId));
  const staying = [...own, ...others].filter(({ to }) => to === null).map(({ devices }) => devices);
  return {
    stage,
    left: given.map(({ rootId }) => reference(rootId)).sort((a, b) => a.counter - b.counter),
    leaving,
    ended,
    groups,
    changing: await readDevices(reader, target, { rolloutId: ended?.id ?? null, which: `d.state IN ('applying', 'verifying')` }),
    withoutPrevious: together(
      [...staying, await readDevices(reader, target, { rolloutId: ended?.id ?? null, which: firstThere })],
      target.devicesMax,
    ),
    freeze: await freezeOf(reader, organizationId, { stageId: stage.id, now: target.now }),
  };
}

const active = `('pending_approval', 'scheduled', 'running', 'paused', 'aborting')`;

async function refuseSecond(reader: Reader, organizationId: string, stage: Stage): Promise<void> {
  const [rollback] = await reader.query<{ id: string; kind: string; state: string; name: string }>(
    `SELECT k.id, k.kind, k.state, l.name
       FROM rollout k LEFT JOIN rollout a ON a.id = k.rollback_of JOIN release l ON l.id = coalesce(a.release_id, k.release_id)
      WHERE k.organization_id = $1 AND k.state IN ${active} AND (k.stage_id = $2 OR a.stage_id = $2)
        AND (k.kind = 'rollback' OR (k.state = 'aborting' AND k.abort_roll_back))
      ORDER BY k.id DESC LIMIT 1`,
    [organizationId, stage.id],
  );
  if (rollback === undefined) return;
  const what = rollback.kind === 'rollback' ? `the rollback ${rollback.id} is ${rollback.state}` : `the rollout ${rollback.id} rolls back`;
  const detail = `Devices of ${stage.name} are on their way back from ${rollback.name}: ${what}. Wait until it has ended, resume it if it is paused, or abort it first.`;
  throw new StoreError('ROLLOUT_ACTIVE', detail);
}

/** The rollout under way there, else the newest whose release devices of the stage still are to run. */
async function readCurrent(reader: Reader, organizationId: string, stage: Stage): Promise<Current> {
  const [current] = await reader.query<Current>(
    `SELECT r.id, r.state IN ${active} AS "isUnderWay"
       FROM rollout r
      WHERE r.organization_id = $1 AND r.stage_id = $2 AND r.started_at IS NOT NULL
        AND (r.state IN ${active}
             OR EXISTS (SELECT 1 FROM device_desired x
                         WHERE x.organization_id = $1 AND x.release_id = r.release_id AND x.stage_id = $2))
      ORDER BY (r.state IN ${active}) DESC, r.created_at DESC, (r.kind = 'rollback') DESC, r.id DESC LIMIT 1`,
    [organizationId, stage.id],
  );
  if (current === undefined) throw stateConflict(`Nothing that was rolled out runs in ${stage.name}, so there is nothing to roll back.`);
  return current;
}

/** A release that is left, as it was first published, with the newest rollout that brought it. */
type Left = { rootId: string; anchorId: string; priority: number };

function readLeft(reader: Reader, organizationId: string, stage: Stage, current: Current): Promise<Left[]> {
  // After rollbacks: all that came by those of one moment, and what they took back, on whoever could not go back.
  return reader.query<Left>(
    `SELECT DISTINCT ON (1) ${rootOf('l')} AS "rootId", r.id AS "anchorId", r.priority
       FROM rollout r JOIN release l ON l.id = r.release_id
      WHERE r.organization_id = $1 AND r.started_at IS NOT NULL AND r.stage_id = $2
        AND ${rootOf('l')} IN (
            SELECT ${rootOf('c')}
              FROM rollout n JOIN rollout k ON k.id = n.id
                     OR (k.organization_id = $1 AND k.stage_id = $2 AND k.kind = 'rollback' AND k.started_at IS NOT NULL AND n.kind = 'rollback'
                         AND (k.rollback_of = n.rollback_of OR k.created_at = n.created_at))
              LEFT JOIN rollout a ON a.id = k.rollback_of
              JOIN release c ON c.id IN (k.release_id, a.release_id)
             WHERE n.id = $3)
      ORDER BY 1, r.created_at DESC, (r.kind = 'rollback') DESC, r.id DESC`,
    [organizationId, stage.id, current.id],
  );
}

async function refuseBadTarget(
  reader: Reader,
  organizationId: string,
  { to, stageId }: { to: string; stageId: string },
  { stage, left, ended }: { stage: Stage; left: readonly Left[]; ended: Rollout | null },
): Promise<void> {
  const [release] = await reader.query<{ name: string; rootId: string; applicationId: string; held: string | null }>(
    `SELECT l.name, ${rootOf('l')} AS "rootId", l.application_id AS "applicationId",
            (SELECT min(h.reason) FROM rollout_hold h JOIN release o ON o.id = h.release_id
              WHERE h.stage_id = $3 AND h.lifted_at IS NULL AND ${rootOf('o')} = ${rootOf('l')}) AS held
       FROM release l WHERE l.organization_id = $1 AND l.id = $2`,
    [organizationId, to, stageId],
  );
  if (release === undefined) throw notFound('release', to);
  if (release.rootId !== to) throw stateConflict(`${release.name} was published again to go back: name the release that it was first.`);
  if (left.some(({ rootId }) => rootId === to)) throw stateConflict(`${release.name} is what runs in ${stage.name}: that is what is left.`);
  if (release.held !== null) throw stateConflict(`${release.name} is held for ${stage.name}: ${release.held} Lift the hold first.`);
  if (ended === null) return;
  const detail = `The rollout ${ended.id} is under way: its devices go back to what they ran before. Roll back to that first, or abort the rollout.`;
  throw stateConflict(detail);
}

/** SQL with its parameters: who leaves releases of a stage, apart from the devices of the rollout that is ended, with what they go back to. */
export function leavingOf(
  organizationId: string,
  { stageId, rootIds, endedId, to }: { stageId: string; rootIds: readonly string[]; endedId: string | null; to: string | null },
): { sql: string; parameters: readonly unknown[] } {
  const leaving = `
    SELECT x.organization_id, x.device_id, x.deployment_id, x.release_id, x.stage_id
      FROM device_desired x
      JOIN release l ON l.id = x.release_id
      JOIN device v ON v.id = x.device_id AND v.approval = 'approved'
      LEFT JOIN deployment o ON o.id = x.deployment_id
     WHERE x.organization_id = $1 AND x.stage_id = $2 AND ${rootOf('l')} = ANY($3::uuid[])
       AND (o.id IS NULL OR (o.state = 'succeeded' AND o.rollout_id IS DISTINCT FROM $4::uuid))`;
  return {
    sql: goingBackFrom({ organization: '$1', leaving, left: '$3', ...(to === null ? {} : { only: '$5' }) }),
    parameters: [organizationId, stageId, rootIds, endedId, ...(to === null ? [] : [to])],
  };
}

type Way = { leftRootId: string; to: string | null; stageId: string | null; stageName: string; devices: NamedDevices };

function readWays(reader: Reader, { devicesMax }: StageRollBackTarget, from: { sql: string; parameters: readonly unknown[] }) {
  return reader.query<Way>(
    `SELECT c.left_root_id AS "leftRootId", c.to_release_id AS "to", CASE WHEN c.to_release_id IS NOT NULL THEN c.to_stage_id END AS "stageId",
            coalesce(min(s.name), '') AS "stageName",
            jsonb_build_object('count', count(*), 'devices', coalesce(jsonb_agg(jsonb_build_object('id', c.device_id, 'name', c.name) ORDER BY c.place)
              FILTER (WHERE c.place <= $${from.parameters.length + 1}::int), '[]')) AS devices
       FROM (SELECT g.*, v.name, row_number() OVER (PARTITION BY g.left_root_id, g.to_release_id, g.to_stage_id ORDER BY v.name, v.id) AS place
               FROM (${from.sql}) g JOIN device v ON v.id = g.device_id) c
       LEFT JOIN stage s ON s.id = c.to_stage_id
      GROUP BY 1, 2, 3 ORDER BY min(c.name), 1, 2, 3`,
    [...from.parameters, devicesMax],
  );
}

// Of the rollout under way: devices whose first release it brought.
const firstThere = `d.state = 'succeeded' AND (d.from_release_id IS NULL OR d.from_release_id = (SELECT release_id FROM rollout WHERE id = $1))
  AND EXISTS (SELECT 1 FROM device_desired x WHERE x.device_id = d.device_id AND x.deployment_id = d.id)`;

async function readDevices(
  reader: Reader,
  { devicesMax }: StageRollBackTarget,
  { rolloutId, which }: { rolloutId: string | null; which: string },
): Promise<NamedDevices> {
  if (rolloutId === null) return { count: 0, devices: [] };
  const rows = await reader.query<{ id: string; name: string; count: number }>(
    `SELECT v.id, v.name, (count(*) OVER ())::int AS count FROM deployment d JOIN device v ON v.id = d.device_id
      WHERE d.rollout_id = $1 AND ${which} ORDER BY v.name, v.id LIMIT greatest($2::int, 1)`,
    [rolloutId, devicesMax],
  );
  return { count: rows[0]?.count ?? 0, devices: rows.slice(0, devicesMax).map(({ id, name }) => ({ id, name })) };
}

function together(parts: readonly NamedDevices[], max: number): NamedDevices {
  const devices = parts.flatMap((part) => part.devices).sort((a, b) => a.name.localeCompare(b.name));
  return { count: parts.reduce((sum, { count }) => sum + count, 0), devices: devices.slice(0, max) };
}

function readReferences(reader: Reader, ids: readonly string[]): Promise<ReleaseReference[]> {
  return reader.query<ReleaseReference>(
    `SELECT l.id, l.name, l.digest, l.counter, a.id AS "applicationId", a.name AS "applicationName"
       FROM release l JOIN application a ON a.id = l.application_id WHERE l.id = ANY($1::uuid[])`,
    [[...new Set(ids)].filter((id) => id !== '')],
  );
}
