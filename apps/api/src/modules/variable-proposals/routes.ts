import { ExtractedVariables, ExtractVariablesRequest, Uuid, VariableProposals } from '@sluice/contracts';
import { changeContextOf } from '../../authentication/request-actor.ts';
import { IdempotencyHeaders, idempotencyKeyOf } from '../../http/idempotency.ts';
import { sendJsonBytes } from '../../http/json-bytes.ts';
import { organizationParams, organizationPath } from '../../http/organization-route.ts';
import { declareRoute } from '../../http/route-schema.ts';
import type { ApiServer } from '../../http/server.ts';
import type { VariablesFromValues } from './service.ts';

const params = organizationParams({ snapshotId: Uuid });

const propose = declareRoute({
  operationId: 'listVariableProposals',
  tags: ['snapshots'],
  summary: 'Values in the flows that could become variables: hosts, ports, addresses, topics, files, secrets. Secrets are not shown.',
  params,
  response: { 200: VariableProposals },
});
const extract = declareRoute({
  operationId: 'extractVariables',
  tags: ['snapshots'],
  summary: 'Make a snapshot in which variables stand for the accepted values. Nothing else in the flows changes.',
  description:
    'Values become defaults; secrets become required variables without a value, to be set before a rollout. The snapshot before stays as it is.',
  params,
  headers: IdempotencyHeaders,
  body: ExtractVariablesRequest,
  response: { 201: ExtractedVariables },
  problems: ['FLOWS_TOO_LARGE', 'IDEMPOTENCY_KEY_REUSED'],
});

/** Binds the routes of variables from values. */
export function registerVariablesFromValues(app: ApiServer, variables: VariablesFromValues): void {
  const path = `${organizationPath}/snapshots/:snapshotId`;
  app.get(`${path}/variable-proposals`, { schema: propose, config: { access: 'viewer' } }, async (request, reply) =>
    sendJsonBytes(reply, await variables.propose(request.params.organizationId, request.params.snapshotId)),
  );
  app.post(`${path}/variable-extraction`, { schema: extract, config: { access: 'operator' } }, async (request, reply) => {
    const { organizationId, snapshotId } = request.params;
    const extraction = { organizationId, snapshotId, key: idempotencyKeyOf(request), request: request.body };
    return reply.code(201).send(await variables.extract(extraction, changeContextOf(request)));
  });
}
