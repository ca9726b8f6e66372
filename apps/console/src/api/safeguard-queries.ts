import type { DeviceBlockers, DisruptionBudget, DisruptionBudgetDetail, Freeze, Page } from '@sluice/contracts';
import { queryOptions } from '@tanstack/react-query';
import { read, withQuery } from './client.ts';
import { keys } from './keys.ts';
import { everythingMax, organizationPath } from './queries.ts';

/** Where freezes are. */
export const freezesPath = (o: string): string => `${organizationPath(o)}/freezes`;
/** Where disruption budgets are. */
export const budgetsPath = (o: string): string => `${organizationPath(o)}/disruption-budgets`;

/** The newest freezes, those that are over, too. */
export const freezesQuery = (o: string) =>
  queryOptions({
    queryKey: keys.freezes(o),
    queryFn: ({ signal }) => read<Page<Freeze>>(withQuery(freezesPath(o), { limit: everythingMax }), signal),
  });

export const budgetsQuery = (o: string) =>
  queryOptions({
    queryKey: keys.disruptionBudgets(o),
    queryFn: ({ signal }) => read<Page<DisruptionBudget>>(withQuery(budgetsPath(o), { limit: everythingMax }), signal),
  });

/** How many devices of a budget are unavailable follows the whole fleet, of which no change is announced for it: it is read from time to time. */
const useIntervalMs = 10_000;

export const budgetQuery = (o: string, id: string) =>
  queryOptions({
    queryKey: [...keys.disruptionBudgets(o), id],
    queryFn: ({ signal }) => read<DisruptionBudgetDetail>(`${budgetsPath(o)}/${id}`, signal),
    refetchInterval: useIntervalMs,
  });

/** Why a device does not move. What holds it back may change without the device: it is read from time to time, too. */
export const deviceBlockersQuery = (o: string, id: string) =>
  queryOptions({
    queryKey: [...keys.device(o, id), 'blockers'],
    queryFn: ({ signal }) => read<DeviceBlockers>(`${organizationPath(o)}/devices/${id}/blockers`, signal),
    refetchInterval: useIntervalMs,
  });
