import type { PromotionDetail } from '@sluice/contracts';
import { defineVerb } from '../../frame/define.ts';
import { resolvePromotionId } from '../../resolve/promotions.ts';
import { printPromotion } from './detail.ts';
import { promotionParameter } from './parameters.ts';

export const promotionGet = defineVerb({
  summary: 'One promotion: who approved it, and what blocks it',
  parameters: { promotion: promotionParameter },
  run: async (invocation, { promotion }) => {
    const session = await invocation.connect();
    printPromotion(invocation, await session.get<PromotionDetail>(`/promotions/${await resolvePromotionId(session, promotion)}`));
    return undefined;
  },
});
