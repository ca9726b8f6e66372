import type { RolloutPolicy } from '@sluice/contracts';
import { activeDeploymentStates, type PlannedWave, planWaves } from '@sluice/rollout';
import type { Reader } from '../base/reader.ts';
import type { Transaction } from '../base/transaction.ts';
import { stageMembersSql } from '../groups/membership.ts';
import type { RolloutRecord } from './load.ts';
import { awayBefore, isAway } from './offline.ts';
import { placedId } from './placed-id.ts';
import { declaredNames, unchangedSql } from './unchanged-variables.ts';

/** SQL of one row (organization_id, stage_id, release_id, variables_revision, seed): what a rollout ($1) is planned for. */
export const planOfRollout = `
  SELECT r.organization_id, r.stage_id, r.release_id, r.variables_revision, coalesce(r.plan_seed, r.id)::text AS seed
    FROM rollout r WHERE r.id = $1`;

/**
 * SQL: approved devices of the stage's groups, each once. A device is already current when it runs the release, was told to by this stage,
 * with the variables that it would get now, and nothing is under way there (a state of $2) that could take it away again. Variables are looked
 * up for devices that have the release only.
 */
export const membersOf = (plan: string): string => `
  WITH planned AS MATERIALIZED (
    SELECT p.*, l.digest, l.application_id, ${declaredNames('l')} AS declared FROM (${plan}) p JOIN release l ON l.id = p.release_id),
  -- Nobody has a release that is new, so this begins with those that do.
  has AS MATERIALIZED (
    SELECT x.device_id, x.revision, x.variables_revision
      FROM planned r
      JOIN device_desired x ON x.organization_id = r.organization_id AND x.release_id = r.release_id AND x.stage_id = r.stage_id
      JOIN device_observed o ON o.device_id = x.device_id AND o.running_digest = r.digest
     WHERE NOT EXISTS (SELECT 1 FROM deployment a WHERE a.device_id = x.device_id AND a.state = ANY($2::text[]))),
  there AS MATERIALIZED (
    SELECT v.id, v.name, v.labels, r.seed
      FROM planned r
     CROSS JOIN LATERAL (SELECT DISTINCT m.device_id FROM ${stageMembersSql('r.stage_id')} m) g
      JOIN device v ON v.id = g.device_id AND v.organization_id = r.organization_id AND v.approval = 'approved'),
  member AS MATERIALIZED (
    SELECT t.id, h.revision, h.variables_revision, true AS same FROM has h JOIN there t ON t.id = h.device_id),
  ${unchangedSql}
  SELECT t.id, t.name, t.labels, t.seed, t.id IN (SELECT device_id FROM unchanged) AS current FROM there t`;

const orders = {
  name: 'm.name COLLATE "C", m.id',
  random: `sha256(convert_to(m.seed || ':' || m.id::text, 'UTF8')), m.id`,
} as const;

// The wave that takes a device by its labels, the first that names them; null: none does, or no wave does that at all.
const byLabels = `
  CASE WHEN cardinality($3::int[]) > 0 THEN
    (SELECT min(s.wave) FROM unnest($3::int[], $4::text[]) AS s (wave, match_labels) WHERE m.labels @> s.match_labels::jsonb) END`;

/**
 * Whose waves: SQL as {@link planOfRollout}, the value of its $1, and the policy. `awayBefore`: devices that were not seen after it are set
 * aside, as the policy says; left out: nobody is.
 */
export type Plan = { sql: string; subject: unknown; policy: RolloutPolicy; awayBefore?: Date | null };

/** Where the devices of a plan go: SQL of {@link assignment} with its parameters, $1 to $9, and the sizes of the waves. */
export type Placement = { sql: string; parameters: readonly unknown[]; waves: readonly PlannedWave[]; current: number; offline: number };

/** Counts the devices of a plan and cuts them into waves: nothing is written. */
export async function placeDevices(reader: Reader, { sql, subject, policy, awayBefore = null }: Plan): Promise<Placement> {
  const members = membersThere(sql, awayBefore);
  const selectors = policy.waves.flatMap(({ size }, wave) => (size.kind === 'labels' ? [{ wave, matchLabels: size.matchLabels }] : []));
  const asked = [
    subject,
    activeDeploymentStates,
    selectors.map(({ wave }) => wave),
    selectors.map(({ matchLabels }) => JSON.stringify(matchLabels)),
  ];
  const counted = await reader.query<{ wave: number | null; current: boolean; offline: boolean; devices: number }>(
    `SELECT ${byLabels} AS wave, m.current, m.offline, count(*)::int AS devices FROM (${members}) m GROUP BY 1, 2, 3`,
    asked,
  );
  const count = (rows: typeof counted): number => rows.reduce((sum, { devices }) => sum + devices, 0);
  const wanting = counted.filter(({ current, offline }) => !current && !offline);
  const offline = count(counted.filter((row) => row.offline));
  const selected = new Map(wanting.flatMap(({ wave, devices }) => (wave === null ? [] : [[wave, devices] as const])));
  const late = policy.offline?.action === 'late_wave' ? offline : 0;
  const waves = planWaves(policy, count(wanting), selected, late);
  const shared = waves.filter(({ index }) => index < policy.waves.length && policy.waves[index]?.size.kind !== 'labels');
  const bounds = [shared.map((wave) => wave.index), shared.map((wave) => wave.first), shared.map((wave) => wave.first + wave.size)];
  return {
    sql: assignment(members, { order: orders[policy.order], absent: late > 0 ? 'late' : 'last' }),
    parameters: [...asked, ...bounds, policy.spreadBy ?? null, policy.waves.length - 1],
    waves,
    current: count(counted.filter((row) => row.current)),
    offline,
  };
}

/**
 * Decides once and for all which device is in which wave (1, 2, 3). One statement writes all deployments, whatever their number.
 * Devices that are already current are `skipped` in the last wave: they are members, but nothing is asked of them. So are those that are
 * offline and left out; a policy may put these into the late wave instead.
 */
export async function planRollout(tx: Transaction, record: RolloutRecord): Promise<void> {
  const { sql, parameters, waves } = await placeDevices(tx, {
    sql: planOfRollout,
    subject: record.id,
    policy: record.policy,
    awayBefore: awayBefore(record.policy, tx.now),
  });
  const isLeftOut = record.policy.offline?.action === 'exclude' ? '(a.current OR a.offline)' : 'a.current';
  await insertWaves(tx, record.id, waves.length);
  await tx.execute(
    `WITH ${sql},
     made AS (
       INSERT INTO deployment (id, organization_id, rollout_id, device_id, wave_index, state, attempt, code, finished_at, updated_at)
       SELECT ${placedId({ place: 'a.place', time: '$10::timestamptz' })},
              r.organization_id, r.id, a.id, a.wave, CASE WHEN ${isLeftOut} THEN 'skipped' ELSE 'scheduled' END, 0,
              CASE WHEN a.current THEN 'ALREADY_CURRENT' WHEN ${isLeftOut} THEN 'OFFLINE' END, CASE WHEN ${isLeftOut} THEN $10::timestamptz END,
              $10::timestamptz
         FROM (SELECT a.*, ${placeInRollout(record.policy)} AS place FROM assigned a) a CROSS JOIN rollout r
        WHERE r.id = $1 ORDER BY a.place
       RETURNING wave_index, state)
     ${countedFrom('made')}`,
    [...parameters, tx.now],
  );
}

/**
 * SQL: when a device has its turn. A wave at random that is offered the release all at once has no order in itself that anybody could see; then
 * its devices stand as they do in the tables and indexes, which are so written from one end to the other.
 */
function placeInRollout({ order, rate, spreadBy }: RolloutPolicy): string {
  const isSeen = order !== 'random' || rate !== undefined || spreadBy !== undefined;
  return isSeen ? 'a.overall' : '(row_number() OVER (ORDER BY a.wave, a.id) - 1)::int';
}

const membersThere = (plan: string, before: Date | null): string =>
  // A literal, so that the places of the parameters stay the same.
  `SELECT m.*, ${before === null ? 'false' : `NOT m.current AND ${isAway('m.id', `'${before.toISOString()}'::timestamptz`)}`} AS offline
     FROM (${membersOf(plan)}) m`;

// CTEs up to `assigned (id, current, offline, overall, wave)`. Who joins after the counting falls behind the last bound and so into the last wave.
const assignment = (members: string, { order, absent }: { order: string; absent: 'late' | 'last' }): string => `
  member AS (SELECT m.*, ${byLabels} AS selected FROM (${members}) m),
  ranked AS (
    SELECT m.*, CASE WHEN $8::text IS NULL THEN 0 ELSE
             (2 * row_number() OVER (PARTITION BY m.current, m.offline, m.selected, m.labels ->> $8 ORDER BY ${order}) - 1)::numeric
             / (2 * count(*) OVER (PARTITION BY m.current, m.offline, m.selected, m.labels ->> $8)) END AS distance
      FROM member m),
  placed AS (
    SELECT m.id, m.current, m.offline, m.selected,
           (row_number() OVER (PARTITION BY m.selected IS NULL ORDER BY m.current, m.offline, m.distance, ${order}) - 1)::int AS place,
           (row_number() OVER (ORDER BY m.current, m.offline, m.distance, ${order}) - 1)::int AS overall
      FROM ranked m),
  bound AS (SELECT b.wave, b.first, b.beyond FROM unnest($5::int[], $6::int[], $7::int[]) AS b (wave, first, beyond)),
  assigned AS (
    SELECT p.id, p.current, p.offline, p.overall,
           CASE WHEN p.current THEN $9::int WHEN p.offline THEN $9::int + ${absent === 'late' ? 1 : 0} ELSE coalesce(p.selected, b.wave, $9::int) END AS wave
      FROM placed p
      LEFT JOIN bound b ON NOT p.current AND NOT p.offline AND p.selected IS NULL AND p.place >= b.first AND p.place < b.beyond)`;

/** Writes the waves of a rollout, still without devices. */
export async function insertWaves(tx: Transaction, rolloutId: string, waveCount: number): Promise<void> {
  await tx.execute(
    `INSERT INTO wave (rollout_id, index, state, size, counts)
     SELECT $1::uuid, i.index, 'pending', 0, '{}' FROM generate_series(0, $2::int - 1) AS i (index)`,
    [rolloutId, waveCount],
  );
}

/** Gives the waves of a rollout the sizes and counts of the deployments that were really inserted, and the rollout its size. */
export async function countWaves(tx: Transaction, rolloutId: string): Promise<void> {
  await tx.execute(`WITH made AS (SELECT wave_index, state FROM deployment WHERE rollout_id = $1) ${countedFrom('made')}`, [rolloutId]);
}

// The end of a statement whose CTEs hold the deployments (wave_index, state) of the rollout $1.
const countedFrom = (made: string): string => `,
     counted AS (
       SELECT c.wave_index, sum(c.devices)::int AS size, jsonb_object_agg(c.state, c.devices) AS counts
         FROM (SELECT wave_index, state, count(*)::int AS devices FROM ${made} GROUP BY 1, 2) c
        GROUP BY c.wave_index),
     sized AS (
       UPDATE wave w SET size = c.size, counts = c.counts FROM counted c WHERE w.rollout_id = $1 AND w.index = c.wave_index)
     UPDATE rollout SET size = coalesce((SELECT sum(size) FROM counted), 0), version = version + 1 WHERE id = $1`;
