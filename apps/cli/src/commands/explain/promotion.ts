import type { PromotionDetail } from '@sluice/contracts';
import { defineVerb } from '../../frame/define.ts';
import { promotionSentence } from '../../promotions/outcome.ts';
import { resolvePromotionId } from '../../resolve/promotions.ts';
import { blockerLines } from '../../rollouts/tell.ts';
import { promotionParameter } from '../promotion/parameters.ts';

function explanation(promotion: PromotionDetail, timeZone: string | undefined): string[] {
  const { state, blockers, rolloutId } = promotion;
  const where = promotionSentence(promotion);
  if (state === 'started') return [where, `Why its rollout does not move: sluice explain rollout ${rolloutId ?? 'latest'}`];
  if (state !== 'waiting') return [where];
  if (blockers.length === 0) return [where, 'Nothing blocks it: it starts in a moment.'];
  return [where, 'What blocks it:', ...blockerLines(blockers, timeZone)];
}

export const explainPromotion = defineVerb({
  summary: 'What blocks a promotion, and what would change that',
  parameters: { promotion: promotionParameter },
  run: async ({ connect, print, ports }, { promotion: reference }) => {
    const session = await connect();
    const promotion = await session.get<PromotionDetail>(`/promotions/${await resolvePromotionId(session, reference)}`);
    const { id, state, reason, blockers, rolloutId, nextLookAt } = promotion;
    if (print.isForPeople) for (const line of explanation(promotion, ports.timeZone)) print.line(line);
    else if (print.format === 'name') for (const { code } of blockers) print.line(code);
    else print.data({ id, state, reason, rolloutId, nextLookAt, blockers });
    return undefined;
  },
});
