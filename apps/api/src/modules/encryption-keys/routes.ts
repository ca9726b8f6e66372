import { EncryptionKeys, RotateEncryptionKeyRequest } from '@sluice/contracts';
import { changeContextOf } from '../../authentication/request-actor.ts';
import { IdempotencyHeaders, idempotencyKeyOf } from '../../http/idempotency.ts';
import { OrganizationParams, organizationPath } from '../../http/organization-route.ts';
import { declareRoute } from '../../http/route-schema.ts';
import type { ApiServer } from '../../http/server.ts';
import type { EncryptionKeyring } from './service.ts';

const list = declareRoute({
  operationId: 'listEncryptionKeys',
  tags: ['organizations'],
  summary: 'The keys that secrets of the organization are sealed with, and how far sealing anew is.',
  params: OrganizationParams,
  response: { 200: EncryptionKeys },
});
const rotate = declareRoute({
  operationId: 'rotateEncryptionKey',
  tags: ['organizations'],
  summary: 'Seal secrets with a new key from now on. What older keys sealed is sealed anew in the background; then they are destroyed.',
  params: OrganizationParams,
  headers: IdempotencyHeaders,
  body: RotateEncryptionKeyRequest,
  response: { 201: EncryptionKeys },
  problems: ['IDEMPOTENCY_KEY_REUSED'],
});

/** Binds the routes of encryption keys. */
export function registerEncryptionKeys(app: ApiServer, keys: EncryptionKeyring): void {
  const all = `${organizationPath}/encryption-keys`;
  app.get(all, { schema: list, config: { access: 'owner' } }, async (request) => keys.list(request.params.organizationId));
  app.post(all, { schema: rotate, config: { access: 'owner' } }, async (request, reply) => {
    const { organizationId } = request.params;
    const input = { organizationId, key: idempotencyKeyOf(request), reason: request.body.reason };
    return reply.code(201).send(await keys.rotate(input, changeContextOf(request)));
  });
}
