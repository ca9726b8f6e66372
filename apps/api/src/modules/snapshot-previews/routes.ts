import { CreateSnapshotRequest, SnapshotPreview, Uuid } from '@sluice/contracts';
import { organizationParams, organizationPath } from '../../http/organization-route.ts';
import { declareRoute } from '../../http/route-schema.ts';
import type { ApiServer } from '../../http/server.ts';
import { refuseLargeSnapshot, snapshotBytesMax } from '../snapshots/body-limit.ts';
import type { SnapshotPreviews } from './service.ts';

const preview = declareRoute({
  operationId: 'previewSnapshot',
  tags: ['snapshots'],
  summary: 'What a snapshot of this content would change against the newest one. Nothing is kept.',
  description: 'Takes what createSnapshot takes and refuses what it refuses.',
  params: organizationParams({ applicationId: Uuid }),
  body: CreateSnapshotRequest,
  response: { 200: SnapshotPreview },
  problems: ['FLOWS_MALFORMED', 'FLOWS_TOO_LARGE', 'CREDENTIALS_UNREADABLE', 'PACKAGE_MALFORMED', 'LOCK_MALFORMED', 'LOCK_MISMATCH'],
});

/** Binds the preview's route. It is for those who may create snapshots: whether credentials are the same is nothing for readers to try out. */
export function registerSnapshotPreviews(app: ApiServer, previews: SnapshotPreviews): void {
  app.post(
    `${organizationPath}/applications/:applicationId/snapshots/preview`,
    { schema: preview, config: { access: 'operator' }, bodyLimit: snapshotBytesMax, errorHandler: refuseLargeSnapshot },
    async (request) => previews.preview(request.params, request.body),
  );
}
