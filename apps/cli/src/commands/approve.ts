import type { PromotionDetail } from '@sluice/contracts';
import { defineVerb } from '../frame/define.ts';
import { text } from '../frame/parameters.ts';
import { requirePerson, signAsPerson, signHelp } from '../frame/sign.ts';
import { plainText } from '../output/text-width.ts';
import { resolvePromotionId } from '../resolve/promotions.ts';
import { printPromotion } from './promotion/detail.ts';
import { promotionParameter } from './promotion/parameters.ts';

/** What the approval is about, in words that the person signs. */
function meaning({ applicationName, releaseName, stageName, createdBy, revision, approvals, blockers }: PromotionDetail): string {
  const given = approvals.filter(({ counts }) => counts).length;
  const asked = blockers.find(({ code }) => code === 'waiting_for_approval');
  const so = asked === undefined ? 'it waits for no approval' : `${given} so far; ${plainText(asked.sentence)}`;
  const what = plainText(`${applicationName}/${releaseName} to ${stageName}, which ${createdBy} asked for`);
  return `You approve the promotion of ${what}, as it is now (revision ${revision}; ${so}).`;
}

export const approve = defineVerb({
  summary: 'Sign for a promotion, as a person',
  more: `${signHelp} An approval is for the promotion as it was shown: an edit voids it.
To sign for a rollout that asks for it: sluice rollout approve`,
  dryRun: false,
  parameters: {
    promotion: promotionParameter,
    comment: text('--comment <text>', 'What you say to it; kept in the ledger'),
    email: text('--email <address>', 'Who signs (default: asked)'),
  },
  run: async (invocation, { promotion: reference, comment, email }) => {
    requirePerson(invocation);
    const session = await invocation.connect();
    const id = await resolvePromotionId(session, reference);
    const shown = await session.get<PromotionDetail>(`/promotions/${id}`);
    invocation.note(meaning(shown));
    const approved = await signAsPerson(invocation, email, (person) =>
      person.post<PromotionDetail>(`${session.base}/promotions/${id}/approve`, comment === undefined ? {} : { comment }, shown.version),
    );
    printPromotion(invocation, approved);
    return undefined;
  },
});
