import type { PromotionDetail } from '@sluice/contracts';
import { defineVerb } from '../../frame/define.ts';
import { duration } from '../../frame/parameters.ts';
import { promotionView } from '../../output/views/promotions.ts';
import { rolloutView } from '../../output/views/rollouts.ts';
import { followPromotion } from '../../promotions/follow.ts';
import { resolvePromotionId } from '../../resolve/promotions.ts';
import { promotionParameter, promotionWaitHelp } from './parameters.ts';

export const promotionWatch = defineVerb({
  summary: 'Follow a promotion, and then its rollout, to the end',
  more: promotionWaitHelp,
  parameters: {
    promotion: promotionParameter,
    timeout: duration('--timeout <duration>', 'How long to follow it (default: until it ends)'),
  },
  run: async (invocation, { promotion: reference, timeout = Number.POSITIVE_INFINITY }) => {
    const { print, ports } = invocation;
    const session = await invocation.connect();
    const promotion = await session.get<PromotionDetail>(`/promotions/${await resolvePromotionId(session, reference)}`);
    const end = await followPromotion(invocation, session, { promotion, timeoutMs: timeout, untilStuck: false });
    if (end.rollout === null) print.one(end.promotion, promotionView(ports.timeZone));
    else print.one(end.rollout, rolloutView(ports.timeZone));
    return end.exitCode;
  },
});
