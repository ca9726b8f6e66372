import { type Deployment, type DeploymentQuery, type Page, type PageQuery, terminalDeploymentStates } from '@sluice/contracts';
import { pageById } from '../base/paging.ts';
import type { Reader } from '../base/reader.ts';
import { iso, isoOrNull } from '../base/rows.ts';
import { notFound } from '../errors.ts';

type Times = 'offeredAt' | 'finishedAt' | 'deadlineAt' | 'updatedAt';
type DeploymentRow = Omit<Deployment, Times> & {
  offeredAt: Date | null;
  finishedAt: Date | null;
  deadlineAt: Date | null;
  updatedAt: Date;
};

const reference = (release: string, application: string): string => `
  jsonb_build_object('id', ${release}.id, 'name', ${release}.name, 'digest', ${release}.digest, 'counter', ${release}.counter,
                     'applicationId', ${application}.id, 'applicationName', ${application}.name)`;

// An ended deployment has no deadline any more. `$1` is the organization, `$2` the terminal states, `$3` the cursor, `$4` the limit.
const deploymentQuery = (condition: string, order: string): string => `
  SELECT d.id, d.rollout_id AS "rolloutId", d.device_id AS "deviceId", v.name AS "deviceName", d.wave_index AS "waveIndex", d.state,
         d.attempt, CASE WHEN f.id IS NOT NULL THEN ${reference('f', 'fa')} END AS "fromRelease", ${reference('l', 'la')} AS "toRelease",
         d.code, d.message, d.failure_detail AS "failureDetail", d.method, d.cut_over_ms AS "cutOverMs", d.offered_at AS "offeredAt",
         d.finished_at AS "finishedAt", CASE WHEN d.state <> ALL($2::text[]) THEN w.deadline_at END AS "deadlineAt",
         d.updated_at AS "updatedAt"
    FROM deployment d
    JOIN device v ON v.id = d.device_id
    JOIN wave w ON w.rollout_id = d.rollout_id AND w.index = d.wave_index
    JOIN rollout r ON r.id = d.rollout_id
    JOIN release l ON l.id = r.release_id
    JOIN application la ON la.id = l.application_id
    LEFT JOIN release f ON f.id = d.from_release_id
    LEFT JOIN application fa ON fa.id = f.application_id
   WHERE d.organization_id = $1 AND ${condition}
   ORDER BY ${order} LIMIT $4`;

// Ids grow with the order in the rollout, so a page by id runs through the waves.
const ofRollout = deploymentQuery(
  `d.rollout_id = $5 AND ($3::uuid IS NULL OR d.id > $3::uuid) AND ($6::text IS NULL OR d.state = $6) AND ($7::int IS NULL OR d.wave_index = $7)`,
  'd.id',
);
const ofDevice = deploymentQuery('d.device_id = $5 AND ($3::uuid IS NULL OR d.id < $3::uuid)', 'd.id DESC');

/**
 * One page of a rollout's deployments, wave by wave, in the order in which the waves take them.
 * @throws StoreError NOT_FOUND, CURSOR_INVALID
 */
export async function listDeployments(
  reader: Reader,
  organizationId: string,
  query: DeploymentQuery & { rolloutId: string },
): Promise<Page<Deployment>> {
  const known = await reader.query('SELECT 1 FROM rollout WHERE organization_id = $1 AND id = $2', [organizationId, query.rolloutId]);
  if (known.length === 0) throw notFound('rollout', query.rolloutId);
  // The order is the other way round than in most lists: the cursor is the last id of the page before all the same.
  const page = await pageById(query, ({ before: after, limit }) =>
    reader.query<DeploymentRow>(ofRollout, [
      organizationId,
      terminalDeploymentStates,
      after,
      limit,
      query.rolloutId,
      query.state ?? null,
      query.waveIndex ?? null,
    ]),
  );
  return { ...page, items: page.items.map(toDeployment) };
}

/**
 * The deployments of a device, newest first.
 * @throws StoreError NOT_FOUND, CURSOR_INVALID
 */
export async function listDeviceDeployments(
  reader: Reader,
  organizationId: string,
  query: PageQuery & { deviceId: string },
): Promise<Page<Deployment>> {
  const known = await reader.query('SELECT 1 FROM device WHERE organization_id = $1 AND id = $2', [organizationId, query.deviceId]);
  if (known.length === 0) throw notFound('device', query.deviceId);
  const page = await pageById(query, ({ before, limit }) =>
    reader.query<DeploymentRow>(ofDevice, [organizationId, terminalDeploymentStates, before, limit, query.deviceId]),
  );
  return { ...page, items: page.items.map(toDeployment) };
}

function toDeployment(row: DeploymentRow): Deployment {
  return {
    ...row,
    offeredAt: isoOrNull(row.offeredAt),
    finishedAt: isoOrNull(row.finishedAt),
    deadlineAt: isoOrNull(row.deadlineAt),
    updatedAt: iso(row.updatedAt),
  };
}
