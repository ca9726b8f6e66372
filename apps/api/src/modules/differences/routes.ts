import { DeviceDiffQuery, ReleaseDiffQuery, SnapshotDiffQuery, SnapshotDiffReport, Uuid } from '@sluice/contracts';
import { sendJsonBytes } from '../../http/json-bytes.ts';
import { organizationParams, organizationPath } from '../../http/organization-route.ts';
import { declareRoute } from '../../http/route-schema.ts';
import type { ApiServer } from '../../http/server.ts';
import type { Differences } from './service.ts';

const response = { 200: SnapshotDiffReport };
const description =
  'Counts first, then tab by tab with every changed place, its class and its lines; what restarts; what changes towards the outside world; what becomes less safe. Sides may belong to different applications.';

const ofSnapshot = declareRoute({
  operationId: 'diffSnapshot',
  tags: ['snapshots'],
  summary: 'What changed in a snapshot, compared with the one it was made from or with another.',
  description,
  params: organizationParams({ snapshotId: Uuid }),
  querystring: SnapshotDiffQuery,
  response,
});
const ofRelease = declareRoute({
  operationId: 'diffRelease',
  tags: ['releases'],
  summary: 'What changed in a release, compared with the one before it or with another.',
  description,
  params: organizationParams({ releaseId: Uuid }),
  querystring: ReleaseDiffQuery,
  response,
});
const ofDevice = declareRoute({
  operationId: 'diffDevice',
  tags: ['devices'],
  summary: 'What a release would change on a device, compared with what runs there, with the variables of the device.',
  description,
  params: organizationParams({ deviceId: Uuid }),
  querystring: DeviceDiffQuery,
  response,
});

/** Binds the comparisons' routes. */
export function registerDifferences(app: ApiServer, differences: Differences): void {
  const config = { access: 'viewer' } as const;
  app.get(`${organizationPath}/snapshots/:snapshotId/diff`, { schema: ofSnapshot, config }, async ({ params, query }, reply) =>
    sendJsonBytes(reply, await differences.ofSnapshot(params.organizationId, params.snapshotId, query)),
  );
  app.get(`${organizationPath}/releases/:releaseId/diff`, { schema: ofRelease, config }, async ({ params, query }, reply) =>
    sendJsonBytes(reply, await differences.ofRelease(params.organizationId, params.releaseId, query)),
  );
  app.get(`${organizationPath}/devices/:deviceId/diff`, { schema: ofDevice, config }, async ({ params, query }, reply) =>
    sendJsonBytes(reply, await differences.ofDevice(params.organizationId, params.deviceId, query)),
  );
}
