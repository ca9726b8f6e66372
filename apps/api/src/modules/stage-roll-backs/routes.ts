import { RollBackStageQuery, RollBackStageRequest, StageRollBack, Uuid } from '@sluice/contracts';
import { changeContextOf } from '../../authentication/request-actor.ts';
import { IdempotencyHeaders, idempotencyKeyOf } from '../../http/idempotency.ts';
import { organizationParams, organizationPath } from '../../http/organization-route.ts';
import { declareRoute } from '../../http/route-schema.ts';
import type { ApiServer } from '../../http/server.ts';
import type { StageRollBacks } from './service.ts';

const rollBack = declareRoute({
  operationId: 'rollBackStage',
  tags: ['pipelines'],
  summary: 'Send every device that runs the release of a stage back to its own last good one, and hold the release for the stage.',
  description:
    'A rollout under way there is ended. Going back is a staged rollout, and is kept waiting by no freeze, window or hold. With `validateOnly=true` nothing is written.',
  params: organizationParams({ stageId: Uuid }),
  querystring: RollBackStageQuery,
  headers: IdempotencyHeaders,
  body: RollBackStageRequest,
  response: { 200: StageRollBack, 202: StageRollBack },
  problems: ['ROLLOUT_ACTIVE', 'STATE_CONFLICT', 'IDEMPOTENCY_KEY_REUSED'],
});

/** Binds the route that rolls a stage back. */
export function registerStageRollBacks(app: ApiServer, rollBacks: StageRollBacks): void {
  const path = `${organizationPath}/stages/:stageId/roll-back`;
  app.post(path, { schema: rollBack, config: { access: 'operator' } }, async (request, reply) => {
    const { organizationId, stageId } = request.params;
    const input = { organizationId, stageId, key: idempotencyKeyOf(request), query: request.query, request: request.body };
    if (request.query.validateOnly === true) return rollBacks.preview(input);
    return reply.code(202).send(await rollBacks.rollBack(input, changeContextOf(request)));
  });
}
