import type {
  ApproveRolloutRequest,
  CreateRolloutRequest,
  Deployment,
  DeploymentQuery,
  DeviceBlockers,
  Page,
  Rollout,
  RolloutActionRequest,
  RolloutDetail,
  RolloutQuery,
  WaveBlockers,
} from '@sluice/contracts';
import type { Clock } from '@sluice/platform';
import {
  approveRollout,
  type ChangeContext,
  createRollout,
  getDeviceBlockers,
  getRolloutDetail,
  getWaveBlockers,
  listDeployments,
  listRollouts,
  requestRolloutAction,
  type Store,
} from '@sluice/store';
import { because } from '../../authentication/request-actor.ts';
import type { PurposeKeys, RolloutHints } from '../../dependencies.ts';
import { createIdempotency, type RepeatableRequest } from '../../http/idempotently.ts';
import { type Previews, promotionOf } from './previews.ts';

export type RolloutsDependencies = { store: Store; clock: Clock; keys: PurposeKeys; jobs: RolloutHints; previews: Previews };

export type NewRolloutRequest = { organizationId: string; key: string | undefined; request: CreateRolloutRequest };
/** `version`: of the rollout as the client last read it; null when it does not matter. */
export type RolloutActionInput = {
  organizationId: string;
  rolloutId: string;
  version: number | null;
  isOwner: boolean;
  request: RolloutActionRequest;
};

export type ApprovalInput = { organizationId: string; rolloutId: string; request: ApproveRolloutRequest };

export type Rollouts = {
  /** @throws StoreError NOT_FOUND, RELEASE_INCOMPATIBLE, STAGE_EMPTY, POLICY_INVALID; ApiError IDEMPOTENCY_KEY_REUSED */
  create(input: NewRolloutRequest, context: ChangeContext): Promise<Rollout>;
  list(organizationId: string, query: RolloutQuery): Promise<Page<Rollout>>;
  /** @throws StoreError NOT_FOUND */
  get(organizationId: string, rolloutId: string): Promise<RolloutDetail>;
  /** @throws StoreError NOT_FOUND */
  listDeployments(organizationId: string, rolloutId: string, query: DeploymentQuery): Promise<Page<Deployment>>;
  /** @throws StoreError NOT_FOUND */
  deploymentBlockers(organizationId: string, deployment: { rolloutId: string; deploymentId: string }): Promise<DeviceBlockers>;
  /** @throws StoreError NOT_FOUND */
  waveBlockers(organizationId: string, wave: { rolloutId: string; waveIndex: number }): Promise<WaveBlockers>;
  /** @throws StoreError NOT_FOUND, STATE_CONFLICT */
  approve(input: ApprovalInput, context: ChangeContext): Promise<RolloutDetail>;
  /** @throws StoreError NOT_FOUND, VERSION_STALE, STATE_CONFLICT */
  act(input: RolloutActionInput, context: ChangeContext): Promise<Rollout>;
};

/** Makes the module of rollouts. What a rollout does is the worker's; this module plans, tells and passes on what people want. */
export function createRollouts({ store, clock, keys, jobs, previews }: RolloutsDependencies): Rollouts {
  const idempotently = createIdempotency({ store, keys });
  return {
    create: async ({ organizationId, key, request }, context) => {
      const expected = await previews.expect(organizationId, request);
      const repeatable: RepeatableRequest = { organizationId, actor: context.actor, key, request: ['createRollout', request] };
      return idempotently(repeatable, async (tx) => {
        const planned = { ...promotionOf(request), ...expected };
        const rollout = await createRollout(tx, organizationId, planned, because(context, request.reason));
        tx.afterCommit(() => jobs.advanceRollout(rollout.id));
        return rollout;
      });
    },
    list: (organizationId, query) => listRollouts(store, organizationId, query),
    get: (organizationId, rolloutId) => getRolloutDetail(store, organizationId, { rolloutId, now: new Date(clock.now()) }),
    listDeployments: (organizationId, rolloutId, query) => listDeployments(store, organizationId, { ...query, rolloutId }),
    deploymentBlockers: (organizationId, deployment) =>
      getDeviceBlockers(store, organizationId, { ...deployment, now: new Date(clock.now()) }),
    waveBlockers: (organizationId, wave) => getWaveBlockers(store, organizationId, { ...wave, now: new Date(clock.now()) }),
    approve: ({ organizationId, rolloutId, request }, context) =>
      store.transaction(async (tx) => {
        const { waveIndex = null, comment = '' } = request;
        await approveRollout(tx, organizationId, { rolloutId, waveIndex, comment }, because(context, request.comment));
        tx.afterCommit(() => jobs.advanceRollout(rolloutId));
        return getRolloutDetail(tx, organizationId, { rolloutId, now: tx.now });
      }),
    act: ({ organizationId, rolloutId, version, isOwner, request }, context) =>
      store.transaction(async (tx) => {
        const target = { rolloutId, action: request.action, isOwner, ...(version === null ? {} : { version }) };
        const rollout = await requestRolloutAction(tx, organizationId, target, because(context, request.reason));
        tx.afterCommit(() => jobs.advanceRollout(rolloutId));
        return rollout;
      }),
  };
}
