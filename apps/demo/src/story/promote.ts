import type { Deployment, Device, Page, Promotion, Release } from '@sluice/contracts';
import { observedLine, type Site, type StageName, sites } from '../sites.ts';
import type { StoryContext } from './context.ts';
import { awaitStart } from './promotion-watch.ts';
import type { RolloutResult } from './result.ts';
import { type EndedRollout, watchRollout } from './rollout-watch.ts';
import { until } from './until.ts';

const automaticLimitMs = 60_000;

/** A promotion that has ended: its result, and the span of time it took (monotonic milliseconds). */
export type EndedPromotion = EndedRollout & { result: RolloutResult; fromMs: number; toMs: number };

const changed: readonly Deployment['state'][] = ['succeeded', 'rolled_back', 'rollback_failed', 'failed', 'timed_out'];

function siteOf(deployment: Deployment): Site | undefined {
  return sites.find((site) => site.device === deployment.deviceName);
}

/** The longest silence of each line whose device was switched and had produced before. */
function gaps(context: StoryContext, { deployments }: EndedRollout, fromMs: number, toMs: number): { device: string; gapMs: number }[] {
  return deployments.flatMap((deployment) => {
    const site = siteOf(deployment);
    const produced = deployment.fromRelease !== null && site !== undefined;
    if (!produced || !changed.includes(deployment.state)) return [];
    return [{ device: site.device, gapMs: context.observer.production(observedLine(site), fromMs, toMs).worstGapMs }];
  });
}

function count(deployments: readonly Deployment[], ...states: Deployment['state'][]): number {
  return deployments.filter((deployment) => states.includes(deployment.state)).length;
}

/** Promotes a release into a stage, as its gates ask for it, and waits for the end, whatever it is. */
export async function promote(context: StoryContext, release: Release, stage: StageName): Promise<EndedPromotion> {
  const { narrator, clock } = context;
  narrator.chapter(`${release.name} → ${stage}`);
  const promotion = await begin(context, release, stage);
  const rolloutId = await awaitStart(context, promotion.id);
  return follow(context, { rolloutId, release: release.name, stage, fromMs: clock.monotonic() });
}

/** Staging takes what is verified in dev by itself; into the other stages somebody promotes. */
async function begin({ client, organization, ...context }: StoryContext, release: Release, stage: StageName): Promise<Promotion> {
  const stageId = organization.stages[stage].id;
  const path = `${organization.base}/promotions`;
  if (!organization.stages[stage].gates.automatic) {
    const reason = `Story: ${release.name} to ${stage}`;
    return client.post<Promotion>(path, { releaseId: release.id, stageId, supersede: true, reason });
  }
  const find = async () => (await client.get<Page<Promotion>>(`${path}?releaseId=${release.id}&stageId=${stageId}`)).items[0];
  const promotion = await until(`${stage} to take ${release.name} by itself`, find, { ...context, limitMs: automaticLimitMs });
  context.narrator.say(`Nobody promotes it: ${stage} takes what has been verified before it.`);
  return promotion;
}

/** Follows a rollout to its end, and measures how long lines were silent for it. */
export async function follow(
  context: StoryContext,
  { rolloutId, release, stage, fromMs }: { rolloutId: string; release: string; stage: StageName; fromMs: number },
): Promise<EndedPromotion> {
  const { narrator, clock } = context;
  const ended = await watchRollout(context, rolloutId);
  const toMs = clock.monotonic();
  const measured = gaps(context, ended, fromMs, toMs);
  for (const { device, gapMs } of measured) narrator.say(`Measured at the broker: ${device} was silent for ${gapMs} ms at most.`);
  const result: RolloutResult = {
    release,
    stage,
    outcome: ended.rollout.state,
    waves: ended.rollout.waves.length,
    devicesSucceeded: count(ended.deployments, 'succeeded', 'skipped'),
    devicesRolledBack: count(ended.deployments, 'rolled_back'),
    devicesUntouched: ended.deployments.filter((deployment) => deployment.attempt === 0 && deployment.state !== 'skipped').length,
    reason: ended.rollout.state === 'succeeded' ? null : ended.rollout.reason,
    durationMs: Math.round(toMs - fromMs),
    worstGapMs: measured.length === 0 ? null : Math.max(...measured.map(({ gapMs }) => gapMs)),
  };
  return { ...ended, result, fromMs, toMs };
}

/** The devices of the organization as the control plane sees them, by name. */
export async function devicesByName({ client, organization }: StoryContext): Promise<Map<string, Device>> {
  const page = await client.get<Page<Device>>(`${organization.base}/devices?limit=200`);
  return new Map(page.items.map((device) => [device.name, device]));
}
