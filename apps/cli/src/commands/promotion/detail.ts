import type { PromotionDetail } from '@sluice/contracts';
import type { Invocation } from '../../frame/invocation.ts';
import { promotionApprovalColumns, promotionDetailView } from '../../output/views/promotions.ts';
import { blockerSentence } from '../../rollouts/tell.ts';

/** Prints a promotion with what people said, and what blocks it. */
export function printPromotion({ print, ports }: Invocation, promotion: PromotionDetail): void {
  print.one(promotion, promotionDetailView(ports.timeZone));
  print.section('Approvals', promotion.approvals, promotionApprovalColumns(ports.timeZone));
  if (!print.isForPeople || promotion.blockers.length === 0) return;
  print.line('');
  for (const blocker of promotion.blockers) print.line(blockerSentence(blocker, ports.timeZone));
}
