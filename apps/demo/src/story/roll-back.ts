import type { Hold, Page, Release, StageEligibility, StageRollBack } from '@sluice/contracts';
import { sites } from '../sites.ts';
import { type Claims, claimProducesWith } from './claims.ts';
import type { StoryContext } from './context.ts';
import { devicesByName, follow } from './promote.ts';
import type { RolloutResult } from './result.ts';

/** One verb: every device of prod goes back to its own release before `left`, which is held from then on. */
export async function rollBackProd(context: StoryContext, claims: Claims, left: Release, to: Release): Promise<RolloutResult> {
  const { client, organization, narrator, clock } = context;
  const stage = organization.stages.prod;
  narrator.chapter(`Roll back prod: from ${left.name} to what ran before`);
  const fromMs = clock.monotonic();
  const begun = await client.post<StageRollBack>(`${organization.base}/stages/${stage.id}/roll-back`, {
    reason: 'Story: the counts of the ERP look wrong',
  });
  const [group] = begun.groups;
  narrator.say(`${group?.devices.count ?? 0} devices go back to ${group?.to.name ?? 'nothing'}.`);
  claims.check(
    begun.groups.length === 1 && group?.to.id === to.id && group.devices.count === sites.filter((site) => site.stage === 'prod').length,
    `One verb found for each of the three devices that ${to.name} ran there before ${left.name}.`,
  );
  const ended = await follow(context, { rolloutId: group?.rolloutId ?? '', release: to.name, stage: 'prod', fromMs });
  claims.check(ended.result.outcome === 'succeeded', `The rollback of prod ended as "${ended.result.outcome}" (expected "succeeded").`);
  await claims.becomesTrue(`Every device of prod says that it runs ${to.name} again and is healthy.`, async () => {
    const devices = await devicesByName(context);
    return ended.deployments.every(({ deviceName }) => {
      const device = devices.get(deviceName);
      return device?.running?.id === ended.rollout.release.id && device.health === 'healthy';
    });
  });
  await claimProducesWith(context, claims, 1, 'prod');
  await claimHeld(context, claims, left);
  return ended.result;
}

/** The release that a person gave up goes nowhere near that stage until a person says why it may. */
async function claimHeld({ client, organization }: StoryContext, claims: Claims, left: Release): Promise<void> {
  const stageId = organization.stages.prod.id;
  const holds = await client.get<Page<Hold>>(`${organization.base}/holds?stageId=${stageId}`);
  const wanted = { releaseId: left.id, stageId };
  const eligibility = await client.post<StageEligibility>(`${organization.base}/promotions?validateOnly=true`, wanted);
  claims.check(
    holds.items.some(({ releaseId }) => releaseId === left.id) && eligibility.blockers.some(({ code }) => code === 'held'),
    `${left.name} is held: nobody promotes it into prod again before somebody has said why it may.`,
  );
}
