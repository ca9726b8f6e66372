import type {
  CreatePipelineRequest,
  Page,
  PageQuery,
  Pipeline,
  RolloutPolicy,
  Stage,
  StageGates,
  UpdateStageRequest,
} from '@sluice/contracts';
import { stageGateProblems, validatePolicy } from '@sluice/rollout';
import { type ChangeContext, createPipeline, getPipeline, getStageOfHistory, listPipelines, type Store, updateStage } from '@sluice/store';
import { ApiError } from '../../problems/api-error.ts';

/** `version`: of the stage as the client last read it; null when it does not matter. */
export type StageChange = { organizationId: string; stageId: string; version: number | null; changes: UpdateStageRequest };

export type Pipelines = {
  list(organizationId: string, applicationId: string, page: PageQuery): Promise<Page<Pipeline>>;
  /** @throws StoreError NOT_FOUND */
  get(organizationId: string, pipelineId: string): Promise<Pipeline>;
  /** @throws StoreError NOT_FOUND, NAME_TAKEN; PipelineInvalidError; ApiError POLICY_INVALID, PIPELINE_INVALID */
  create(organizationId: string, applicationId: string, request: CreatePipelineRequest, context: ChangeContext): Promise<Pipeline>;
  /** @throws StoreError NOT_FOUND */
  getStage(organizationId: string, stageId: string): Promise<Stage>;
  /** @throws StoreError NOT_FOUND, NAME_TAKEN, VERSION_STALE; PipelineInvalidError; ApiError POLICY_INVALID, PIPELINE_INVALID */
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

/** Refuses gates that can never open. */
function refuseBadGates(stages: readonly { pointer: string; gates: StageGates | undefined }[]): void {
  const errors = stages.flatMap(({ pointer, gates }) =>
    gates === undefined ? [] : stageGateProblems(gates).map((problem) => ({ ...problem, pointer: `${pointer}${problem.pointer}` })),
  );
  if (errors.length > 0) throw new ApiError('PIPELINE_INVALID', 'The gates of a stage cannot work: see errors.', { errors });
}

/** Makes the module of pipelines and stages. */
export function createPipelines({ store }: { store: Store }): Pipelines {
  return {
    list: (organizationId, applicationId, page) => listPipelines(store, organizationId, { ...page, applicationId }),
    get: (organizationId, pipelineId) => getPipeline(store, organizationId, pipelineId),
    create: async (organizationId, applicationId, request, context) => {
      refuseBadPolicies(request.stages.map(({ policy }, index) => ({ pointer: `/stages/${index}/policy`, policy })));
      refuseBadGates(request.stages.map(({ gates }, index) => ({ pointer: `/stages/${index}/gates`, gates })));
      return store.transaction((tx) => createPipeline(tx, organizationId, { applicationId, ...request }, context));
    },
    getStage: (organizationId, stageId) => getStageOfHistory(store, organizationId, stageId),
    updateStage: async ({ organizationId, stageId, version, changes }, context) => {
      if (changes.policy !== undefined) refuseBadPolicies([{ pointer: '/policy', policy: changes.policy }]);
      if (changes.gates !== undefined) refuseBadGates([{ pointer: '/gates', gates: changes.gates }]);
      return store.transaction((tx) => updateStage(tx, organizationId, { stageId, version, changes }, context));
    },
  };
}
