import {
  CreateReleaseSignerRequest,
  ReleaseSignatures,
  ReleaseSigner,
  ReleaseSignerList,
  SignReleaseRequest,
  Uuid,
} from '@sluice/contracts';
import { Type } from 'typebox';
import { changeContextOf } from '../../authentication/request-actor.ts';
import { IdempotencyHeaders, idempotencyKeyOf } from '../../http/idempotency.ts';
import { OrganizationParams, organizationParams, organizationPath } from '../../http/organization-route.ts';
import { declareRoute } from '../../http/route-schema.ts';
import type { ApiServer } from '../../http/server.ts';
import type { ReleaseSigners } from './service.ts';

const ReleaseParams = organizationParams({ releaseId: Uuid });

const list = declareRoute({
  operationId: 'listReleaseSigners',
  tags: ['releases'],
  summary: 'The keys of others that may sign releases.',
  params: OrganizationParams,
  response: { 200: ReleaseSignerList },
});
const create = declareRoute({
  operationId: 'createReleaseSigner',
  tags: ['releases'],
  summary: 'Register a public key, so that who has its private half can sign releases.',
  params: OrganizationParams,
  headers: IdempotencyHeaders,
  body: CreateReleaseSignerRequest,
  response: { 201: ReleaseSigner },
  problems: ['NAME_TAKEN', 'CONFLICT', 'VALIDATION_FAILED', 'IDEMPOTENCY_KEY_REUSED'],
});
const remove = declareRoute({
  operationId: 'deleteReleaseSigner',
  tags: ['releases'],
  summary: 'Take the right to sign from a key. What it signed stays signed.',
  params: organizationParams({ signerId: Uuid }),
  response: { 204: Type.Null() },
});
const get = declareRoute({
  operationId: 'getReleaseSignatures',
  tags: ['releases'],
  summary: 'The signed manifest of a release, as devices and bundles have it, and who signed it.',
  params: ReleaseParams,
  response: { 200: ReleaseSignatures },
});
const sign = declareRoute({
  operationId: 'signRelease',
  tags: ['releases'],
  summary: 'Add a signature over exactly the bytes of the manifest, made with the private half of a registered key.',
  description:
    'What is signed is the DSSE pre-authentication encoding of payload type and payload of the envelope. The same again changes nothing.',
  params: ReleaseParams,
  body: SignReleaseRequest,
  response: { 200: ReleaseSignatures },
  problems: ['STATE_CONFLICT', 'SIGNATURE_INVALID'],
});

/** Binds the routes of keys that others sign releases with. */
export function registerReleaseSigners(app: ApiServer, signers: ReleaseSigners): void {
  const all = `${organizationPath}/release-signers`;
  app.get(all, { schema: list, config: { access: 'viewer' } }, async (request) => ({
    items: await signers.list(request.params.organizationId),
  }));
  app.post(all, { schema: create, config: { access: 'owner' } }, async (request, reply) => {
    const input = { organizationId: request.params.organizationId, key: idempotencyKeyOf(request), request: request.body };
    return reply.code(201).send(await signers.create(input, changeContextOf(request)));
  });
  app.delete(`${all}/:signerId`, { schema: remove, config: { access: 'owner' } }, async (request, reply) => {
    await signers.remove(request.params.organizationId, request.params.signerId, changeContextOf(request));
    return reply.code(204).send(null);
  });
  const signatures = `${organizationPath}/releases/:releaseId/signatures`;
  app.get(signatures, { schema: get, config: { access: 'viewer' } }, async (request) =>
    signers.signatures(request.params.organizationId, request.params.releaseId),
  );
  app.post(signatures, { schema: sign, config: { access: 'operator' } }, async (request) =>
    signers.sign({ ...request.params, request: request.body }, changeContextOf(request)),
  );
}
