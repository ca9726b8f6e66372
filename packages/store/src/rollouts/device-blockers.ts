import type { DeviceApproval, DeviceBlockers, MaintenanceWindow } from '@sluice/contracts';
import { activeDeploymentStates, blockersOf, type DeploymentSituation, type DeviceSituation, offersOpen } from '@sluice/rollout';
import type { Reader } from '../base/reader.ts';
import { isoOrNull } from '../base/rows.ts';
import { type ConnectivityAt, onlineSince } from '../devices/read-device.ts';
import { budgetLimit, budgetShare, budgetUse } from '../disruption-budgets/within-budgets.ts';
import { notFound } from '../errors.ts';
import { toBlocker } from './blockers.ts';
import { loadRollout, type RolloutRecord } from './load.ts';
import { waitsByItself, zoneOfDevice } from './offerable.ts';

/** Whose blockers: of a device (its open deployment, else its newest), or of one deployment of a rollout. */
export type BlockedDevice = { deviceId: string } | { rolloutId: string; deploymentId: string };

type DeviceRow = {
  id: string;
  name: string;
  approval: DeviceApproval;
  zone: string;
  waitsByItself: boolean;
  lastSeenAt: Date | null;
  reportedAt: Date | null;
  desiredRevision: number;
  desiredSince: Date | null;
  reconciledRevision: number;
  aheadSince: Date | null;
  aheadRevision: number | null;
  refusalCode: string | null;
  refusalDetail: string | null;
  refusedAt: Date | null;
};

type DeploymentRow = Pick<DeploymentSituation, 'state' | 'wave' | 'attempt' | 'code' | 'message' | 'rollout'> & {
  id: string;
  deviceId: string;
  rolloutId: string;
  offeredAt: Date | null;
  retryAt: Date | null;
  deadlineAt: Date | null;
};

const deploymentQuery = (condition: string): string => `
  SELECT d.id, d.device_id AS "deviceId", d.rollout_id AS "rolloutId", d.state, d.wave_index AS wave, d.attempt, d.code, d.message,
         d.offered_at AS "offeredAt", d.retry_at AS "retryAt", w.deadline_at AS "deadlineAt",
         l.name || coalesce(' to ' || s.name, '') AS rollout
    FROM deployment d
    JOIN rollout r ON r.id = d.rollout_id
    JOIN release l ON l.id = r.release_id
    LEFT JOIN stage s ON s.id = r.stage_id
    JOIN wave w ON w.rollout_id = d.rollout_id AND w.index = d.wave_index
   WHERE d.organization_id = $1 AND ${condition}`;

// Deployments that can end only by themselves matter more than those that wait, and both more than what is over.
const ofDevice = `${deploymentQuery('d.device_id = $2')}
   ORDER BY CASE WHEN d.state = ANY($3::text[]) THEN 0 WHEN d.finished_at IS NULL THEN 1 ELSE 2 END, d.id DESC LIMIT 1`;
const ofRollout = deploymentQuery('d.rollout_id = $2 AND d.id = $3');

// A refusal from before the present desired state says nothing about this one.
const deviceQuery = `
  SELECT v.id, v.name, v.approval, ${zoneOfDevice} AS zone, ${waitsByItself} AS "waitsByItself", p.last_seen_at AS "lastSeenAt",
         o.reported_at AS "reportedAt", coalesce(x.revision, 0) AS "desiredRevision", x.changed_at AS "desiredSince",
         coalesce(o.revision, 0) AS "reconciledRevision", h.noticed_at AS "aheadSince", h.device_revision AS "aheadRevision",
         e.code AS "refusalCode", e.message AS "refusalDetail", e.at AS "refusedAt"
    FROM device v
    LEFT JOIN device_presence p ON p.device_id = v.id
    LEFT JOIN device_observed o ON o.device_id = v.id
    LEFT JOIN device_desired x ON x.device_id = v.id
    LEFT JOIN device_ahead h ON h.device_id = v.id
    LEFT JOIN LATERAL (
      SELECT y.code, y.message, y.at FROM device_event y
       WHERE y.device_id = v.id AND y.kind = 'refusal' AND y.at >= x.changed_at AND x.revision > coalesce(o.revision, 0)
       ORDER BY y.id DESC LIMIT 1) e ON true
   WHERE v.organization_id = $1 AND v.id = $2`;

/**
 * Why a device does not move, and what would change that.
 * @throws StoreError NOT_FOUND
 */
export async function getDeviceBlockers(
  reader: Reader,
  organizationId: string,
  target: BlockedDevice & ConnectivityAt,
): Promise<DeviceBlockers> {
  const deployment = await findDeployment(reader, organizationId, target);
  const deviceId = 'deviceId' in target ? target.deviceId : deployment?.deviceId;
  const [device] = deviceId === undefined ? [] : await reader.query<DeviceRow>(deviceQuery, [organizationId, deviceId]);
  if (device === undefined) throw notFound('device', deviceId ?? '');
  const loaded = deployment === undefined ? undefined : await loadRollout(reader, deployment.rolloutId, { now: target.now, lock: false });
  const situation = situationOf(device, target);
  const own =
    deployment === undefined || loaded === undefined
      ? null
      : await deploymentSituation(reader, { device, deployment, record: loaded.record, now: target.now });
  const blockers = blockersOf(loaded?.input ?? null, { kind: 'device', device: { ...situation, deployment: own } });
  return {
    deviceId: device.id,
    deviceName: device.name,
    rolloutId: deployment?.rolloutId ?? null,
    rolloutName: deployment?.rollout ?? null,
    deploymentId: deployment?.id ?? null,
    state: deployment?.state ?? null,
    waveIndex: deployment?.wave ?? null,
    lastSeenAt: isoOrNull(device.lastSeenAt),
    reportedAt: isoOrNull(device.reportedAt),
    desiredRevision: device.desiredRevision,
    reconciledRevision: device.reconciledRevision,
    blockers: blockers.map(toBlocker),
  };
}

async function findDeployment(reader: Reader, organizationId: string, target: BlockedDevice): Promise<DeploymentRow | undefined> {
  if ('deviceId' in target) {
    const told = activeDeploymentStates.filter((state) => state !== 'queued');
    const [row] = await reader.query<DeploymentRow>(ofDevice, [organizationId, target.deviceId, told]);
    return row;
  }
  const [row] = await reader.query<DeploymentRow>(ofRollout, [organizationId, target.rolloutId, target.deploymentId]);
  if (row === undefined) throw notFound('deployment', target.deploymentId);
  return row;
}

const milliseconds = (date: Date | null): number | null => date?.getTime() ?? null;

function situationOf(device: DeviceRow, at: ConnectivityAt): Omit<DeviceSituation, 'deployment'> {
  const { refusalCode, refusalDetail, refusedAt, lastSeenAt, aheadSince } = device;
  return {
    now: at.now.getTime(),
    approval: device.approval,
    ahead:
      aheadSince === null
        ? null
        : { since: aheadSince.getTime(), deviceRevision: device.aheadRevision ?? 0, knownRevision: device.desiredRevision },
    isOnline: lastSeenAt !== null && lastSeenAt >= onlineSince(at),
    lastSeenAt: milliseconds(lastSeenAt),
    reportedAt: milliseconds(device.reportedAt),
    desiredRevision: device.desiredRevision,
    desiredSince: milliseconds(device.desiredSince),
    reconciledRevision: device.reconciledRevision,
    refusal:
      refusalCode === null || refusedAt === null ? null : { code: refusalCode, detail: refusalDetail ?? '', at: refusedAt.getTime() },
  };
}

type OwnFacts = { device: DeviceRow; deployment: DeploymentRow; record: RolloutRecord; now: Date };

async function deploymentSituation(reader: Reader, { device, deployment, record, now }: OwnFacts): Promise<DeploymentSituation> {
  const { state } = deployment;
  return {
    ...deployment,
    offeredAt: milliseconds(deployment.offeredAt),
    retryAt: milliseconds(deployment.retryAt),
    deadlineAt: milliseconds(deployment.deadlineAt),
    window: windowOf(record.policy.window, device, now),
    fullBudgets: state === 'queued' && record.hasBudgets ? await readFullBudgets(reader, record.organizationId, device.id) : [],
    higherPriority: state === 'scheduled' ? await readHigher(reader, record, device.id) : [],
  };
}

function windowOf(window: MaintenanceWindow | undefined, device: DeviceRow, now: Date): DeploymentSituation['window'] {
  if (window === undefined) return null;
  const zone = window.timeZone === 'device' ? device.zone : window.timeZone;
  return { zone, ...offersOpen(window, device, now.getTime()) };
}

const usersMax = 5;

/** Budgets over a device that have no room for it. Who is unavailable already needs none. */
function readFullBudgets(reader: Reader, organizationId: string, deviceId: string): Promise<DeploymentSituation['fullBudgets'][number][]> {
  return reader.query(
    `WITH ${budgetUse('$1')}, own AS (
       SELECT b.id, b.match_labels, b.per_label, coalesce(v.labels ->> b.per_label, '') AS value,
              concat_ws(' ', b.name, '(' || ${budgetShare} || ')') AS name,
              ${budgetLimit} AS "limit", coalesce(s.unavailable, 0) AS unavailable
         FROM device v
         JOIN disruption_budget b ON b.organization_id = v.organization_id AND v.labels @> b.match_labels
         LEFT JOIN budget_use s ON s.budget_id = b.id AND s.value = coalesce(v.labels ->> b.per_label, '')
         LEFT JOIN budget_size z ON z.budget_id = b.id AND z.value = coalesce(v.labels ->> b.per_label, '')
        WHERE v.id = $2 AND v.id NOT IN (SELECT device_id FROM unavailable))
     SELECT o.name, o."limit", o.unavailable,
            ARRAY(SELECT u.name FROM unavailable n JOIN device u ON u.id = n.device_id
                   WHERE u.approval = 'approved' AND u.labels @> o.match_labels AND coalesce(u.labels ->> o.per_label, '') = o.value
                   ORDER BY u.name LIMIT ${usersMax}) AS users
       FROM own o WHERE o.unavailable >= o."limit" ORDER BY o.name`,
    [organizationId, deviceId],
  );
}

async function readHigher(reader: Reader, record: RolloutRecord, deviceId: string): Promise<string[]> {
  const rows = await reader.query<{ name: string }>(
    `SELECT l.name || coalesce(' to ' || s.name, '') AS name
       FROM deployment n
       JOIN rollout o ON o.id = n.rollout_id
       JOIN release l ON l.id = o.release_id
       LEFT JOIN stage s ON s.id = o.stage_id
      WHERE n.device_id = $1 AND n.state = ANY($2::text[]) AND o.priority > $3 ORDER BY o.priority DESC, o.id`,
    [deviceId, activeDeploymentStates, record.priority],
  );
  return rows.map(({ name }) => name);
}
