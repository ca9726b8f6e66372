import type { Release } from '@sluice/contracts';
import { setGatewayPorts } from '../setup.ts';
import { sites, stageNames } from '../sites.ts';
import { Claims, claimOrdersBooked, claimProducesWith, claimStoppedAtCanary, claimSucceeded } from './claims.ts';
import type { StoryContext } from './context.ts';
import { devicesByName, promote } from './promote.ts';
import { publish } from './publish.ts';
import type { DemoResult, RolloutResult } from './result.ts';
import { rollBackProd } from './roll-back.ts';

/** Promotes a good release through all stages. */
async function tellGoodRelease(
  context: StoryContext,
  claims: Claims,
  version: 1 | 2,
): Promise<{ release: Release; results: RolloutResult[] }> {
  const release = await publish(context, version);
  const results: RolloutResult[] = [];
  for (const stage of stageNames) {
    const promotion = await promote(context, release, stage);
    results.push(promotion.result);
    await claimSucceeded(context, claims, promotion, release, stage);
    await claimProducesWith(context, claims, version, stage);
    if (version === 2) await claimOrdersBooked(context, claims, stage, promotion.toMs);
  }
  return { release, results };
}

/** Promotes the bad release: fine in dev and staging, stopped at the canary in prod. */
async function tellBadRelease(context: StoryContext, claims: Claims, good: Release): Promise<RolloutResult[]> {
  await setGatewayPorts(context.client, context.organization, context.ports, context.wrongPort);
  const release = await publish(context, 3);
  const results: RolloutResult[] = [];
  for (const stage of ['dev', 'staging'] as const) {
    const promotion = await promote(context, release, stage);
    results.push(promotion.result);
    await claimSucceeded(context, claims, promotion, release, stage);
    await claimProducesWith(context, claims, 3, stage);
  }
  context.narrator.say(`In prod the new variable is one value for three lines, port ${context.wrongPort}, where nobody listens.`);
  const promotion = await promote(context, release, 'prod');
  results.push(promotion.result);
  await claimStoppedAtCanary(context, claims, promotion, good);
  return results;
}

async function deviceResults(context: StoryContext): Promise<DemoResult['devices']> {
  const devices = await devicesByName(context);
  return sites.map(({ device, stage }) => ({
    name: device,
    stage,
    running: devices.get(device)?.running?.name ?? null,
    healthy: devices.get(device)?.health === 'healthy',
  }));
}

/** Tells the story of the three releases from beginning to end, which is prod back on the first one. */
export async function tellStory(context: StoryContext): Promise<DemoResult> {
  const claims = new Claims(context);
  const first = await tellGoodRelease(context, claims, 1);
  const second = await tellGoodRelease(context, claims, 2);
  const third = await tellBadRelease(context, claims, second.release);
  const back = await rollBackProd(context, claims, second.release, first.release);
  return {
    ok: claims.failures.length === 0,
    devices: await deviceResults(context),
    rollouts: [...first.results, ...second.results, ...third, back],
    failures: claims.failures,
  };
}
