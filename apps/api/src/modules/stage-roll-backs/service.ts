import type { RollBackStageQuery, RollBackStageRequest, StageRollBack } from '@sluice/contracts';
import type { Clock } from '@sluice/platform';
import { type ChangeContext, type Keyring, previewStageRollBack, rollBackStage, type Store } from '@sluice/store';
import type { PurposeKeys, RolloutHints } from '../../dependencies.ts';
import { createIdempotency } from '../../http/idempotently.ts';
import { releaseSignerOrNone } from '../releases/publish-prepared.ts';

export type StageRollBacksDependencies = {
  store: Store;
  clock: Pick<Clock, 'now'>;
  keys: PurposeKeys;
  keyring: Pick<Keyring, 'open'>;
  jobs: RolloutHints;
};

export type RollBackOfStage = {
  organizationId: string;
  stageId: string;
  key: string | undefined;
  query: RollBackStageQuery;
  request: RollBackStageRequest;
};

export type StageRollBacks = {
  /** @throws StoreError NOT_FOUND, ROLLOUT_ACTIVE, STATE_CONFLICT */
  preview(input: Omit<RollBackOfStage, 'key'>): Promise<StageRollBack>;
  /** @throws StoreError NOT_FOUND, ROLLOUT_ACTIVE, STATE_CONFLICT, IDEMPOTENCY_KEY_REUSED */
  rollBack(input: RollBackOfStage, context: ChangeContext): Promise<StageRollBack>;
};

const devicesMaxDefault = 20;

/** `previous` is what happens when nothing is said. */
function targetOf({ to }: RollBackStageRequest): { to?: string } {
  return to === undefined || to === 'previous' ? {} : { to };
}

/** Makes the module that rolls stages back. */
export function createStageRollBacks(deps: StageRollBacksDependencies): StageRollBacks {
  const { store, clock, keys, keyring, jobs } = deps;
  const idempotently = createIdempotency({ store, keys });
  return {
    preview: ({ organizationId, stageId, query, request }) => {
      const { devicesMax = devicesMaxDefault } = query;
      const asked = { stageId, ...targetOf(request), devicesMax, now: new Date(clock.now()) };
      return previewStageRollBack(store, organizationId, asked);
    },
    rollBack: ({ organizationId, stageId, key, query, request }, context) =>
      idempotently({ organizationId, actor: context.actor, key, request: ['rollBackStage', stageId, request] }, async (tx) => {
        const { devicesMax = devicesMaxDefault } = query;
        const input = { stageId, reason: request.reason, ...targetOf(request), devicesMax };
        const done = await rollBackStage(tx, organizationId, { input, releaseSigner: releaseSignerOrNone(keyring) }, context);
        for (const rolloutId of done.rolloutIds) tx.afterCommit(() => jobs.advanceRollout(rolloutId));
        return done.rollBack;
      }),
  };
}
