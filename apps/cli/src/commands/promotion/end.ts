import type { PromotionDetail } from '@sluice/contracts';
import { defineVerb } from '../../frame/define.ts';
import { flag, text } from '../../frame/parameters.ts';
import { resolvePromotionId } from '../../resolve/promotions.ts';
import { printPromotion } from './detail.ts';
import { promotionParameter } from './parameters.ts';

const endingVerb = (verb: 'cancel' | 'reject', summary: string) =>
  defineVerb({
    summary,
    more: 'One that has started is ended by its rollout: sluice rollout abort, or rollback.',
    parameters: {
      promotion: promotionParameter,
      reason: text('--reason <text>', 'Why, for the ledger'),
      yes: flag('-y, --yes', 'Do not ask'),
    },
    run: async (invocation, { promotion, reason, yes }) => {
      const session = await invocation.connect();
      const id = await resolvePromotionId(session, promotion);
      await invocation.confirm(`${verb === 'cancel' ? 'Call off' : 'Reject'} the promotion ${id}?`, yes);
      printPromotion(invocation, await session.post<PromotionDetail>(`/promotions/${id}/${verb}`, reason === undefined ? {} : { reason }));
      return undefined;
    },
  });

export const promotionCancel = endingVerb('cancel', 'Call off a promotion that waits');
export const promotionReject = endingVerb('reject', 'Say no to a promotion that waits');
