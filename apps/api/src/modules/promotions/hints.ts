import type { PromotionHints } from '../../dependencies.ts';
import type { ApiServer } from '../../http/server.ts';

/** What people do that a promotion may wait for, or that a stage which takes releases by itself may want. */
const unblocking: ReadonlySet<string> = new Set([
  ...['publishRelease', 'importRelease', 'liftHold', 'liftFreeze', 'createWaiver'],
  ...['setOrganizationPolicy', 'setApplicationPolicy', 'setStagePolicy', 'setVariable'],
  ...['createPipeline', 'updatePipeline', 'replacePipeline', 'addStage', 'updateStage', 'deleteStage'],
  ...['approveDevice', 'revokeDevice', 'updateDevice', 'changeGroupMembers', 'updateGroup'],
  ...['actOnRollout', 'cancelPromotion', 'rejectPromotion'],
]);

/** Tells the worker to look at promotions after requests that may have unblocked one. A lost hint is repaired by the worker's sweep. */
export function hintAtPromotions(app: ApiServer, jobs: PromotionHints): void {
  app.addHook('onResponse', async (request, reply) => {
    const { operationId = '' } = request.routeOptions.schema ?? {};
    if (reply.statusCode < 300 && unblocking.has(operationId)) await jobs.lookAtPromotions();
  });
}
