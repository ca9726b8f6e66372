import type { CreatePipelineRequest, Page, PageQuery, Pipeline, RolloutPolicy, Stage, UpdateStageRequest } from '@sluice/contracts';
import { validatePolicy } from '@sluice/rollout';
import { type ChangeContext, createPipeline, getPipeline, getStage, listPipelines, type Store, updateStage } from '@sluice/store';
import { ApiError } from '../../problems/api-error.ts';

/** `version`: of the stage as the client last read it; null when it does not matter. */
export type StageChange = { organizationId: string; stageId: string; version: number | null; changes: UpdateStageRequest };

export type Pipelines = {
  list(organizationId: string, applicationId: string, page: PageQuery): Promise<Page<Pipeline>>;
  /** @throws StoreError NOT_FOUND */
  get(organizationId: string, pipelineId: string): Promise<Pipeline>;
  /** @throws StoreError NOT_FOUND, NAME_TAKEN; ApiError POLICY_INVALID */
  create(organizationId: string, applicationId: string, request: CreatePipelineRequest, context: ChangeContext): Promise<Pipeline>;
  /** @throws StoreError NOT_FOUND */
  getStage(organizationId: string, stageId: string): Promise<Stage>;
  /** @throws StoreError NOT_FOUND, NAME_TAKEN, VERSION_STALE; ApiError POLICY_INVALID */
  updateStage(change: StageChange, context: ChangeContext): Promise<Stage>;
};

/** Refuses policies that can never end or never move, before anybody promotes with them. */
function refuseBadPolicies(policies: readonly { pointer: string; policy: RolloutPolicy }[]): void {
  const errors = policies.flatMap(({ pointer, policy }) =>
    validatePolicy(policy)
      .filter((problem) => problem.severity === 'error')
      .map((problem) => ({ pointer: `${pointer}${problem.pointer}`, detail: problem.message })),
  );
  if (errors.length > 0) throw new ApiError('POLICY_INVALID', 'The rollout policy cannot work: see errors.', { errors });
}

/** Makes the module of pipelines and stages. */
export function createPipelines({ store }: { store: Store }): Pipelines {
  return {
    list: (organizationId, applicationId, page) => listPipelines(store, organizationId, { ...page, applicationId }),
    get: (organizationId, pipelineId) => getPipeline(store, organizationId, pipelineId),
    create: async (organizationId, applicationId, request, context) => {
      refuseBadPolicies(request.stages.map(({ policy }, index) => ({ pointer: `/stages/${index}/policy`, policy })));
      return store.transaction((tx) => createPipeline(tx, organizationId, { applicationId, ...request }, context));
    },
    getStage: (organizationId, stageId) => getStage(store, organizationId, stageId),
    updateStage: async ({ organizationId, stageId, version, changes }, context) => {
      if (changes.policy !== undefined) refuseBadPolicies([{ pointer: '/policy', policy: changes.policy }]);
      return store.transaction(async (tx) => {
        const from = version ?? (await getStage(tx, organizationId, stageId)).version;
        return updateStage(tx, organizationId, { stageId, version: from, changes }, context);
      });
    },
  };
}
