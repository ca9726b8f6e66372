import { CreatedEnrollmentCode, CreateEnrollmentCodeRequest, EnrollmentCode, Page, PageQuery, Uuid } from '@sluice/contracts';
import { Type } from 'typebox';
import { changeContextOf } from '../../authentication/request-actor.ts';
import { OrganizationParams, organizationParams, organizationPath } from '../../http/organization-route.ts';
import { declareRoute } from '../../http/route-schema.ts';
import type { ApiServer } from '../../http/server.ts';
import type { EnrollmentCodes } from './service.ts';

const list = declareRoute({
  operationId: 'listEnrollmentCodes',
  tags: ['enrollment codes'],
  summary: 'The enrollment codes of the organization, newest first. The codes themselves are not shown again.',
  params: OrganizationParams,
  querystring: PageQuery,
  response: { 200: Page(EnrollmentCode) },
  problems: ['CURSOR_INVALID'],
});
const create = declareRoute({
  operationId: 'createEnrollmentCode',
  tags: ['enrollment codes'],
  summary: 'Make a code with which devices enroll. The answer is the only place where it stands.',
  params: OrganizationParams,
  body: CreateEnrollmentCodeRequest,
  response: { 201: CreatedEnrollmentCode },
  problems: ['STATE_CONFLICT'],
});
const revoke = declareRoute({
  operationId: 'revokeEnrollmentCode',
  tags: ['enrollment codes'],
  summary: 'Revoke a code. Devices that enrolled with it stay.',
  params: organizationParams({ enrollmentCodeId: Uuid }),
  response: { 204: Type.Null() },
});

/** Binds the enrollment codes' routes. */
export function registerEnrollmentCodes(app: ApiServer, codes: EnrollmentCodes): void {
  app.get(`${organizationPath}/enrollment-codes`, { schema: list, config: { access: 'operator' } }, async (request) =>
    codes.list(request.params.organizationId, request.query),
  );
  app.post(`${organizationPath}/enrollment-codes`, { schema: create, config: { access: 'operator' } }, async (request, reply) =>
    reply.code(201).send(await codes.create(request.params.organizationId, request.body, changeContextOf(request))),
  );
  const one = `${organizationPath}/enrollment-codes/:enrollmentCodeId`;
  app.delete(one, { schema: revoke, config: { access: 'operator' } }, async (request, reply) => {
    await codes.revoke(request.params.organizationId, request.params.enrollmentCodeId, changeContextOf(request));
    return reply.code(204).send(null);
  });
}
