import type { PromotionDetail } from '@sluice/contracts';
import type { StoryContext } from './context.ts';
import { until } from './until.ts';

const startLimitMs = 120_000;

/**
 * Waits until a promotion begins its rollout, says aloud what it waits for, and signs it as a person when the stage asks for that.
 * @returns the id of the rollout
 * @throws Error when it ends in another way
 */
export async function awaitStart(context: StoryContext, promotionId: string): Promise<string> {
  const { client, owner, organization, narrator } = context;
  const path = `${organization.base}/promotions/${promotionId}`;
  const said = new Set<string>();
  return until(
    `promotion ${promotionId} to begin`,
    async () => {
      const promotion = await client.get<PromotionDetail>(path);
      if (promotion.state === 'started' && promotion.rolloutId !== null) return promotion.rolloutId;
      if (promotion.state !== 'waiting')
        throw new Error(`The promotion ended as "${promotion.state}": ${promotion.reason ?? 'no reason given'}`);
      for (const { code, sentence } of promotion.blockers) {
        if (said.has(code)) continue;
        said.add(code);
        narrator.say(`It waits: ${sentence}`);
        if (code !== 'waiting_for_approval') continue;
        await owner.post(`${path}/approve`, { comment: 'Seen in staging.' });
        narrator.say(`A person signs: ${promotion.releaseName} may go to ${promotion.stageName}.`);
      }
      return undefined;
    },
    { ...context, limitMs: startLimitMs },
  );
}
