import type { CreateHoldRequest, Hold, HoldQuery, Page } from '@sluice/contracts';
import { type ChangeContext, createHold, getHold, liftHold, listHolds, type Store } from '@sluice/store';
import type { PurposeKeys } from '../../dependencies.ts';
import { createIdempotency, type RepeatableRequest } from '../../http/idempotently.ts';

export type NewHoldRequest = { organizationId: string; key: string | undefined; request: CreateHoldRequest };

export type Holds = {
  list(organizationId: string, query: HoldQuery): Promise<Page<Hold>>;
  /** @throws StoreError NOT_FOUND */
  get(organizationId: string, holdId: string): Promise<Hold>;
  /** @throws StoreError NOT_FOUND for the stage or the release; ApiError IDEMPOTENCY_KEY_REUSED */
  create(input: NewHoldRequest, context: ChangeContext): Promise<Hold>;
  /** @throws StoreError NOT_FOUND, STATE_CONFLICT */
  lift(target: { organizationId: string; holdId: string; reason: string }, context: ChangeContext): Promise<Hold>;
};

/** Makes the module of holds. */
export function createHolds({ store, keys }: { store: Store; keys: PurposeKeys }): Holds {
  const idempotently = createIdempotency({ store, keys });
  return {
    list: (organizationId, query) => listHolds(store, organizationId, query),
    get: (organizationId, holdId) => getHold(store, organizationId, holdId),
    create: ({ organizationId, key, request }, context) => {
      const repeatable: RepeatableRequest = { organizationId, actor: context.actor, key, request: ['createHold', request] };
      return idempotently(repeatable, (tx) => createHold(tx, organizationId, request, context));
    },
    lift: ({ organizationId, ...target }, context) => store.transaction((tx) => liftHold(tx, organizationId, target, context)),
  };
}
