import type { DisruptionBudget, DisruptionBudgetDetail, DisruptionBudgetRequest, Page, PageQuery } from '@sluice/contracts';
import {
  type ChangeContext,
  createDisruptionBudget,
  deleteDisruptionBudget,
  getDisruptionBudget,
  listDisruptionBudgets,
  replaceDisruptionBudget,
  type Store,
} from '@sluice/store';
import { because } from '../../authentication/request-actor.ts';
import type { PurposeKeys } from '../../dependencies.ts';
import { createIdempotency, type RepeatableRequest } from '../../http/idempotently.ts';

export type NewBudgetRequest = { organizationId: string; key: string | undefined; request: DisruptionBudgetRequest };
/** `version`: of the budget as the client last read it; null when it does not matter. */
export type BudgetReplacement = { organizationId: string; budgetId: string; version: number | null; request: DisruptionBudgetRequest };

export type DisruptionBudgets = {
  list(organizationId: string, page: PageQuery): Promise<Page<DisruptionBudget>>;
  /** @throws StoreError NOT_FOUND */
  get(organizationId: string, budgetId: string): Promise<DisruptionBudgetDetail>;
  /** @throws StoreError NAME_TAKEN, VALIDATION_FAILED; ApiError IDEMPOTENCY_KEY_REUSED */
  create(input: NewBudgetRequest, context: ChangeContext): Promise<DisruptionBudget>;
  /** @throws StoreError NOT_FOUND, VERSION_STALE, NAME_TAKEN, VALIDATION_FAILED */
  replace(input: BudgetReplacement, context: ChangeContext): Promise<DisruptionBudget>;
  /** @throws StoreError NOT_FOUND */
  remove(target: { organizationId: string; budgetId: string }, context: ChangeContext): Promise<void>;
};

/** Makes the module of disruption budgets. */
export function createDisruptionBudgets({ store, keys }: { store: Store; keys: PurposeKeys }): DisruptionBudgets {
  const idempotently = createIdempotency({ store, keys });
  return {
    list: (organizationId, page) => listDisruptionBudgets(store, organizationId, page),
    get: (organizationId, budgetId) => getDisruptionBudget(store, organizationId, budgetId),
    create: ({ organizationId, key, request }, context) => {
      const repeatable: RepeatableRequest = { organizationId, actor: context.actor, key, request: ['createDisruptionBudget', request] };
      return idempotently(repeatable, (tx) => createDisruptionBudget(tx, organizationId, request, because(context, request.reason)));
    },
    replace: ({ organizationId, budgetId, version, request }, context) =>
      store.transaction((tx) =>
        replaceDisruptionBudget(tx, organizationId, { budgetId, version, budget: request }, because(context, request.reason)),
      ),
    remove: ({ organizationId, budgetId }, context) =>
      store.transaction((tx) => deleteDisruptionBudget(tx, organizationId, budgetId, context)),
  };
}
