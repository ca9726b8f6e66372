import type { Page, Promotion, PromotionDetail, PromotionQuery, ReleaseEligibility } from '@sluice/contracts';
import { queryOptions } from '@tanstack/react-query';
import { read, withQuery } from './client.ts';
import { keys } from './keys.ts';
import { everythingMax, type Filters, organizationPath } from './queries.ts';

/** Where promotions are. */
export const promotionsPath = (o: string): string => `${organizationPath(o)}/promotions`;

/** Soaks end, windows open, and what runs upstream changes without the promotion: what blocks it is read from time to time. Milliseconds. */
const blockersIntervalMs = 10_000;

/** The promotions that wait, newest first. */
export const waitingPromotionsQuery = (o: string, filters: Omit<Filters<PromotionQuery>, 'state'> = {}) =>
  queryOptions({
    queryKey: [...keys.promotions(o), 'waiting', filters],
    queryFn: ({ signal }) =>
      read<Page<Promotion>>(withQuery(promotionsPath(o), { ...filters, state: 'waiting', limit: everythingMax }), signal),
  });

export const promotionQuery = (o: string, id: string) =>
  queryOptions({
    queryKey: [...keys.promotions(o), 'detail', id],
    queryFn: ({ signal }) => read<PromotionDetail>(`${promotionsPath(o)}/${id}`, signal),
    refetchInterval: blockersIntervalMs,
  });

/** Into which stages a release may go now, and what keeps it out of the others. */
export const eligibilityQuery = (o: string, releaseId: string) =>
  queryOptions({
    queryKey: [...keys.promotions(o), 'eligibility', releaseId],
    queryFn: ({ signal }) => read<ReleaseEligibility>(`${organizationPath(o)}/releases/${releaseId}/eligibility`, signal),
    refetchInterval: blockersIntervalMs,
  });
