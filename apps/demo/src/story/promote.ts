import type { Deployment, Device, Page, Release, Rollout } from '@sluice/contracts';
import { observedLine, type Site, type StageName, sites } from '../sites.ts';
import type { StoryContext } from './context.ts';
import type { RolloutResult } from './result.ts';
import { type EndedRollout, watchRollout } from './rollout-watch.ts';

/** A promotion that has ended: its result, and the span of time it took (monotonic milliseconds). */
export type Promotion = EndedRollout & { result: RolloutResult; fromMs: number; toMs: number };

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

/** Promotes a release into a stage and waits for the end, whatever it is. */
export async function promote(context: StoryContext, release: Release, stage: StageName): Promise<Promotion> {
  const { client, organization, narrator, clock } = context;
  narrator.chapter(`${release.name} → ${stage}`);
  const fromMs = clock.monotonic();
  const rollout = await client.post<Rollout>(`${organization.base}/rollouts`, {
    releaseId: release.id,
    stageId: organization.stages[stage].id,
    reason: `Story: ${release.name} to ${stage}`,
  });
  const ended = await watchRollout(context, rollout.id);
  const toMs = clock.monotonic();
  const measured = gaps(context, ended, fromMs, toMs);
  for (const { device, gapMs } of measured) narrator.say(`Measured at the broker: ${device} was silent for ${gapMs} ms at most.`);
  const result: RolloutResult = {
    release: release.name,
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
