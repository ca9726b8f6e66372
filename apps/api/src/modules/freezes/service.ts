import type { CreateFreezeRequest, Freeze, FreezeQuery, Page } from '@sluice/contracts';
import type { Clock } from '@sluice/platform';
import { type ChangeContext, createFreeze, getFreeze, liftFreeze, listFreezes, type Store } from '@sluice/store';
import { because } from '../../authentication/request-actor.ts';
import type { PurposeKeys } from '../../dependencies.ts';
import { createIdempotency, type RepeatableRequest } from '../../http/idempotently.ts';

export type NewFreezeRequest = { organizationId: string; key: string | undefined; request: CreateFreezeRequest };

export type Freezes = {
  list(organizationId: string, query: FreezeQuery): Promise<Page<Freeze>>;
  /** @throws StoreError NOT_FOUND */
  get(organizationId: string, freezeId: string): Promise<Freeze>;
  /** @throws StoreError NOT_FOUND for the stage, VALIDATION_FAILED; ApiError IDEMPOTENCY_KEY_REUSED */
  create(input: NewFreezeRequest, context: ChangeContext): Promise<Freeze>;
  /** @throws StoreError NOT_FOUND, STATE_CONFLICT */
  lift(target: { organizationId: string; freezeId: string; reason: string | undefined }, context: ChangeContext): Promise<Freeze>;
};

/** Makes the module of freezes. */
export function createFreezes({ store, clock, keys }: { store: Store; clock: Clock; keys: PurposeKeys }): Freezes {
  const idempotently = createIdempotency({ store, keys });
  return {
    list: (organizationId, query) => listFreezes(store, organizationId, { ...query, now: new Date(clock.now()) }),
    get: (organizationId, freezeId) => getFreeze(store, organizationId, { freezeId, now: new Date(clock.now()) }),
    create: ({ organizationId, key, request }, context) => {
      const repeatable: RepeatableRequest = { organizationId, actor: context.actor, key, request: ['createFreeze', request] };
      return idempotently(repeatable, (tx) => createFreeze(tx, organizationId, request, because(context, request.reason)));
    },
    lift: ({ organizationId, freezeId, reason }, context) =>
      store.transaction((tx) => liftFreeze(tx, organizationId, freezeId, because(context, reason))),
  };
}
