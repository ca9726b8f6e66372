import type {
  AddStageRequest,
  CreatePipelineRequest,
  Page,
  PageQuery,
  Pipeline,
  ReplacedPipeline,
  Stage,
  StageInput,
  UpdatePipelineRequest,
  UpdateStageRequest,
} from '@sluice/contracts';
import { stageGateProblems, validatePolicy } from '@sluice/rollout';
import {
  addStage,
  type ChangeContext,
  createPipeline,
  deletePipeline,
  getPipeline,
  getStageOfHistory,
  listPipelines,
  removeStage,
  replacePipeline,
  type Store,
  updatePipeline,
  updateStage,
} from '@sluice/store';
import { ApiError, type FieldError } from '../../problems/api-error.ts';

/** `version`: of the pipeline as the client last read it; null when it does not matter. */
type OfPipeline = { organizationId: string; pipelineId: string; version: number | null };
/** The same of a stage. */
type OfStage = { organizationId: string; stageId: string; version: number | null };

/**
 * Bad stages are refused with pointers into the request: StoreError NAME_TAKEN; PipelineInvalidError; ApiError POLICY_INVALID, PIPELINE_INVALID.
 * What changes or removes something throws StoreError NOT_FOUND and VERSION_STALE, too.
 */
export type Pipelines = {
  list(organizationId: string, applicationId: string, page: PageQuery): Promise<Page<Pipeline>>;
  /** @throws StoreError NOT_FOUND */
  get(organizationId: string, pipelineId: string): Promise<Pipeline>;
  create(organizationId: string, applicationId: string, request: CreatePipelineRequest, context: ChangeContext): Promise<Pipeline>;
  /** @throws StoreError ROLLOUT_ACTIVE when a stage that is not named has a rollout */
  replace(input: OfPipeline & { request: CreatePipelineRequest; validateOnly: boolean }, context: ChangeContext): Promise<ReplacedPipeline>;
  update(change: OfPipeline & { changes: UpdatePipelineRequest }, context: ChangeContext): Promise<Pipeline>;
  /** @throws StoreError ROLLOUT_ACTIVE */
  remove(input: OfPipeline, context: ChangeContext): Promise<void>;
  addStage(input: OfPipeline & { stage: AddStageRequest }, context: ChangeContext): Promise<Stage>;
  /** @throws StoreError NOT_FOUND */
  getStage(organizationId: string, stageId: string): Promise<Stage>;
  updateStage(change: OfStage & { changes: UpdateStageRequest }, context: ChangeContext): Promise<Stage>;
  /** @throws StoreError ROLLOUT_ACTIVE, STATE_CONFLICT for the only stage of a pipeline */
  removeStage(input: OfStage, context: ChangeContext): Promise<void>;
};

type Rules = { pointer: string } & Pick<Partial<StageInput>, 'policy' | 'gates'>;

/** Refuses policies that can never end or never move, and gates that can never open, before anybody promotes with them. */
function refuseBadRules(stages: readonly Rules[]): void {
  const policyErrors = stages.flatMap(({ pointer, policy }): FieldError[] =>
    (policy === undefined ? [] : validatePolicy(policy))
      .filter((problem) => problem.severity === 'error')
      .map((problem) => ({ pointer: `${pointer}/policy${problem.pointer}`, detail: problem.message })),
  );
  if (policyErrors.length > 0)
    throw new ApiError('POLICY_INVALID', 'The rollout policy cannot work: see errors.', { errors: policyErrors });
  const gateErrors = stages.flatMap(({ pointer, gates }): FieldError[] =>
    (gates === undefined ? [] : stageGateProblems(gates)).map((problem) => ({ ...problem, pointer: `${pointer}/gates${problem.pointer}` })),
  );
  if (gateErrors.length > 0)
    throw new ApiError('PIPELINE_INVALID', 'The gates of a stage cannot work: see errors.', { errors: gateErrors });
}

const rulesOf = (stages: readonly StageInput[]): Rules[] => stages.map((stage, index) => ({ ...stage, pointer: `/stages/${index}` }));

/** Makes the module of pipelines and stages. */
export function createPipelines({ store }: { store: Store }): Pipelines {
  return {
    list: (organizationId, applicationId, page) => listPipelines(store, organizationId, { ...page, applicationId }),
    get: (organizationId, pipelineId) => getPipeline(store, organizationId, pipelineId),
    create: async (organizationId, applicationId, request, context) => {
      refuseBadRules(rulesOf(request.stages));
      return store.transaction((tx) => createPipeline(tx, organizationId, { applicationId, ...request }, context));
    },
    replace: async ({ organizationId, ...input }, context) => {
      refuseBadRules(rulesOf(input.request.stages));
      return store.transaction((tx) => replacePipeline(tx, organizationId, input, context));
    },
    update: ({ organizationId, ...change }, context) => store.transaction((tx) => updatePipeline(tx, organizationId, change, context)),
    remove: ({ organizationId, ...input }, context) => store.transaction((tx) => deletePipeline(tx, organizationId, input, context)),
    addStage: async ({ organizationId, ...input }, context) => {
      refuseBadRules([{ ...input.stage, pointer: '' }]);
      return store.transaction((tx) => addStage(tx, organizationId, input, context));
    },
    getStage: (organizationId, stageId) => getStageOfHistory(store, organizationId, stageId),
    updateStage: async ({ organizationId, ...change }, context) => {
      refuseBadRules([{ ...change.changes, pointer: '' }]);
      return store.transaction((tx) => updateStage(tx, organizationId, change, context));
    },
    removeStage: ({ organizationId, ...input }, context) => store.transaction((tx) => removeStage(tx, organizationId, input, context)),
  };
}
