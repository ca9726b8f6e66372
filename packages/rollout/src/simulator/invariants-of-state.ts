/** Invariants that hold for the stored state after every step, whatever happened. The numbers are those of the rollout design. */
import type { RolloutPolicy } from '@sluice/contracts';
import type { MemoryStore } from './memory-store.ts';
import { beforeTheChange, pausedBetween, tally, terminalStates } from './oracle.ts';
import type { DeviceModel } from './scenario.ts';
import type { Transition } from './stored.ts';
import type { World } from './world.ts';

/** What was true at the last step, to compare with. */
export interface Memory {
  readonly membership: Map<string, number>;
  readonly revisions: Map<string, number>;
  lastTransitionAt: number;
  readonly startedWaves: Set<number>;
}

export function remember(world: World): Memory {
  const { deployments } = world.store;
  return {
    membership: new Map([...deployments.values()].map((deployment) => [deployment.deviceId, deployment.wave])),
    revisions: new Map([...deployments.values()].map((deployment) => [deployment.deviceId, deployment.desired.revision])),
    lastTransitionAt: world.start,
    startedWaves: new Set(),
  };
}

export type Finding = string | null;
export type StateCheck = (world: World, memory: Memory) => Finding;
export type TransitionCheck = (world: World, change: Transition, memory: Memory) => Finding;

/** 1, 4: a device has one deployment, in one existing wave. */
export function invariant01OneWavePerDevice({ store }: World): Finding {
  for (const [id, deployment] of store.deployments) {
    if (id !== deployment.deviceId || store.waves[deployment.wave]?.index !== deployment.wave) return `device ${id} is in no wave`;
  }
  return null;
}

/** 2: the waves add up to the members. */
export function invariant02WavesAddUp({ store, scenario }: World): Finding {
  const planned = store.waves.reduce((sum, wave) => sum + wave.size, 0);
  const members = scenario.devices.filter(({ id, joinsAt }) => joinsAt === null || store.deployments.has(id)).length;
  if (planned === members && store.deployments.size === planned) return null;
  return `${planned} devices planned, ${store.deployments.size} deployments, ${members} members`;
}

/** 2: each wave has the devices with its labels, or reaches exactly as far as the policy says; percentages are rounded up. */
export function invariant02SizesFollowThePolicy({ store, scenario, start }: World): Finding {
  const { waves, offline } = scenario.policy;
  const members = scenario.devices.filter(({ joinsAt }) => joinsAt === null);
  const wanting = members.filter(({ alreadyCurrent }) => !alreadyCurrent);
  const present = wanting.filter((device) => !isLongGone(device, offline, start, start));
  const absent = wanting.length - present.length;
  const taken = new Set<string>();
  for (const [index, { size }] of waves.entries()) {
    if (size.kind !== 'labels') continue;
    const wanted = present.filter(({ id, site }) => size.matchLabels['site'] === `site-${site}` && !taken.has(id));
    for (const { id } of wanted) taken.add(id);
    if (store.waves[index]?.size !== wanted.length)
      return `wave ${index} took ${store.waves[index]?.size} of ${wanted.length} labelled devices`;
  }
  const spread = present.length - taken.size;
  const shared = waves.flatMap(({ size }, index) => (size.kind === 'labels' ? [] : [{ size, index }]));
  let [reached, planned] = [0, 0];
  for (const [place, { size, index }] of shared.entries()) {
    const isLast = place === shared.length - 1;
    if (isLast || size.kind === 'rest') reached = spread;
    else if (size.kind === 'count') reached = Math.min(spread, reached + size.count);
    else reached = Math.max(reached, Math.ceil((spread * size.percent) / 100));
    planned += store.waves[index]?.size ?? 0;
    // Those who run the release already, and those who are left out, are in the last wave and nothing is asked of them.
    if (index === waves.length - 1) reached += members.length - wanting.length + (offline?.action === 'exclude' ? absent : 0);
    if (planned !== reached) return `wave ${index} reaches ${planned} of ${spread} devices instead of ${reached}`;
  }
  const isLast = scenario.policy.membership === 'continuous' || offline?.action === 'late_wave';
  if (store.waves.length !== waves.length + (isLast ? 1 : 0)) return `${store.waves.length} waves were planned`;
  const late = store.waves[waves.length]?.size ?? 0;
  return offline?.action === 'late_wave' && late !== absent ? `${late} of ${absent} absent devices are in the late wave` : null;
}

/** Spread: any first waves hold of each site its share of the devices that are not taken by labels, to within one device. */
export function invariantWavesAreSpread({ store, scenario, start }: World): Finding {
  const { policy, devices } = scenario;
  if (policy.spreadBy === undefined) return null;
  const isShared = (wave: number): boolean => policy.waves[wave]?.size.kind !== 'labels';
  const isPlaced = (id: string): boolean => ['scheduled', 'skipped'].includes(store.deployments.get(id)?.state ?? '');
  const gone = (device: DeviceModel): boolean => device.alreadyCurrent || isLongGone(device, policy.offline, start, start);
  const shared = devices.filter((each) => isPlaced(each.id) && !gone(each) && isShared(store.deployments.get(each.id)?.wave ?? -1));
  for (const wave of store.waves.filter(({ index }) => isShared(index))) {
    const reached = shared.filter(({ id }) => (store.deployments.get(id)?.wave ?? 0) <= wave.index);
    for (const site of new Set(shared.map((device) => device.site))) {
      const share = (shared.filter((device) => device.site === site).length * reached.length) / Math.max(1, shared.length);
      const found = reached.filter((device) => device.site === site).length;
      if (Math.abs(found - share) > 1.5) return `wave ${wave.index} reaches ${found} devices of site ${site}, its share is ${share}`;
    }
  }
  return null;
}

/** 3: membership is fixed, unless it is continuous: then devices only come, and only into a late wave that has not begun. */
export function invariant03MembershipOnlyGrows({ store, scenario }: World, memory: Memory): Finding {
  const late = scenario.policy.waves.length;
  for (const id of memory.membership.keys()) if (!store.deployments.has(id)) return `the deployment of ${id} is gone`;
  for (const [id, deployment] of store.deployments) {
    const before = memory.membership.get(id);
    memory.membership.set(id, deployment.wave);
    if (before === deployment.wave) continue;
    const isOpen = ['pending', 'awaiting_gate'].includes(store.waves[late]?.state ?? '');
    if (deployment.wave !== late || !isOpen)
      return `device ${id} came into wave ${deployment.wave}, which is ${store.waves[deployment.wave]?.state}`;
    if (before === undefined && scenario.policy.membership !== 'continuous') return `device ${id} joined a fixed rollout`;
    if (before !== undefined && scenario.policy.offline?.action !== 'late_wave') return `device ${id} changed its wave`;
  }
  return null;
}

/** 3: whoever had joined when the late wave began, or was found to be empty, is in it. */
export function invariant03NobodyIsForgotten({ store, scenario, start }: World, change: Transition): Finding {
  const { membership, waves } = scenario.policy;
  if (membership !== 'continuous' || change.subject !== 'wave' || change.wave !== waves.length || change.from === 'running') return null;
  if (change.to !== 'running' && change.to !== 'skipped') return null;
  const left = scenario.devices.find(({ id, joinsAt }) => start + (joinsAt ?? 0) <= change.decidedAt && !store.deployments.has(id));
  return left === undefined ? null : `${left.id} had joined and was left behind`;
}

/** Whether a device is long gone by the words of the policy: it has been offline without a break for that time. */
function isLongGone({ offline }: DeviceModel, policy: RolloutPolicy['offline'], start: number, now: number): boolean {
  if (policy === undefined || policy.action === 'wait') return false;
  return offline.some(({ from, to }) => start + from + policy.afterMs <= now && now < start + to);
}

const beforeAccepting = ['scheduled', 'queued', 'offered'];

/** Only devices that are long gone and have accepted nothing are set aside, in the way of the policy; the late wave leaves them until its deadline. */
export function invariantOnlyTheAbsentAreSetAside({ store, scenario, start }: World, change: Transition): Finding {
  const { offline, waves } = scenario.policy;
  if (change.cause !== 'offline' && change.cause !== 'defer') return null;
  const device = scenario.devices.find(({ id }) => id === change.deviceId);
  if (device === undefined || !isLongGone(device, offline, start, change.at)) return `${change.deviceId} was set aside and is there`;
  if (!beforeAccepting.includes(change.from)) return `${change.deviceId} was set aside while ${change.from}`;
  if (offline?.action !== 'late_wave') return change.cause === 'offline' ? null : `${change.deviceId} was put off and not excluded`;
  if (change.cause === 'defer') return change.wave === waves.length ? `${change.deviceId} was put off from the late wave` : null;
  const deadlineAt = store.waves[change.wave ?? -1]?.deadlineAt ?? Number.POSITIVE_INFINITY;
  const isOver = change.wave === waves.length && change.decidedAt >= deadlineAt;
  return isOver ? null : `${change.deviceId} was excluded before its time in the late wave was over`;
}

/** Nobody of the late wave fails by not being there; who was there and did nothing has failed. */
export function invariantTheAbsentFailNobody({ scenario, start }: World, change: Transition): Finding {
  const { offline, waves } = scenario.policy;
  if (change.to !== 'timed_out' || change.wave !== waves.length || offline?.action !== 'late_wave') return null;
  const device = scenario.devices.find(({ id }) => id === change.deviceId);
  const isGone = device !== undefined && beforeAccepting.includes(change.from) && isLongGone(device, offline, start, change.decidedAt);
  return isGone ? `${change.deviceId} never came back and counts as failed` : null;
}

/** 18: counters equal a recount. */
export function invariant18CountsEqualARecount({ store }: World): Finding {
  for (const wave of store.waves) {
    const recount: Record<string, number> = {};
    let ill = 0;
    for (const { wave: index, state, unhealthy } of store.deployments.values()) {
      if (index !== wave.index) continue;
      recount[state] = (recount[state] ?? 0) + 1;
      if (state === 'succeeded' && unhealthy) ill += 1;
    }
    for (const state of new Set([...Object.keys(wave.counts), ...Object.keys(recount)])) {
      const [count, found] = [(wave.counts as Record<string, number>)[state] ?? 0, recount[state] ?? 0];
      if (found !== count) return `wave ${wave.index}: ${count} ${state}, recounted ${found}`;
    }
    if (ill !== wave.unhealthySucceeded) return `wave ${wave.index}: ${wave.unhealthySucceeded} unhealthy, recounted ${ill}`;
  }
  return null;
}

/** 20: the desired revision of a device only grows. */
export function invariant20DesiredRevisionOnlyGrows({ store }: World, memory: Memory): Finding {
  for (const [id, { desired }] of store.deployments) {
    if (desired.revision < (memory.revisions.get(id) ?? 0)) return `the desired revision of ${id} went back`;
    memory.revisions.set(id, desired.revision);
  }
  return null;
}

/** Late success: a device that was heard to have committed the release is never told to run an older one, which it would refuse. */
export function invariantNobodyIsToldWhatItRefuses({ store, committed }: World): Finding {
  for (const id of committed) {
    if (store.deployments.get(id)?.desired.target === 'previous') return `${id} committed the release and is told to run an older one`;
  }
  return null;
}

/** 21: a deployment that left `scheduled` and has not ended has a deadline, which is never before the policy's. */
export function invariant21OpenDeploymentsHaveADeadline({ store, scenario }: World): Finding {
  for (const { deviceId, state, wave } of store.deployments.values()) {
    if (state === 'scheduled' || terminalStates.includes(state)) continue;
    const { startedAt, deadlineAt } = store.waves[wave] ?? { startedAt: null, deadlineAt: null };
    if (startedAt === null || deadlineAt === null) return `${deviceId} is ${state} without a deadline`;
    if (deadlineAt < startedAt + scenario.policy.deploymentDeadlineMs) return `wave ${wave} has too early a deadline`;
  }
  return null;
}

/** 5: nothing leaves `scheduled` or `queued` for the device unless its wave runs. */
export function invariant05OnlyRunningWavesMove({ store }: World, change: Transition): Finding {
  if (change.to !== 'queued' && change.to !== 'offered') return null;
  const state = store.waves[change.wave ?? -1]?.state;
  return state === 'running' ? null : `${change.deviceId} became ${change.to} while its wave was ${state}`;
}

/** 8: each wave starts once. */
export function invariant08WavesStartOnce(_: World, change: Transition, memory: Memory): Finding {
  if (change.subject !== 'wave' || change.to !== 'running' || change.wave === null) return null;
  if (memory.startedWaves.has(change.wave)) return `wave ${change.wave} started twice`;
  memory.startedWaves.add(change.wave);
  return null;
}

/** 6: a wave starts only when every wave before it is over, and was passed, skipped or forced. */
export function invariant06EarlierWavesAreBehind({ store }: World, change: Transition): Finding {
  if (change.subject !== 'wave' || change.to !== 'running') return null;
  const blocking = store.waves.find((wave) => wave.index < (change.wave ?? 0) && !isBehind(wave));
  return blocking === undefined ? null : `wave ${change.wave} started while wave ${blocking.index} was ${blocking.state}`;
}

function isBehind(wave: MemoryStore['waves'][number]): boolean {
  return wave.state === 'succeeded' || wave.state === 'skipped' || (wave.state === 'failed' && wave.gateForced);
}

/** 11: unless the rollout runs, no wave starts and nothing is offered. */
export function invariant11NothingStartsUnlessRunning({ store }: World, change: Transition): Finding {
  const isFirstQueued = change.to === 'queued' && change.cause !== 'retry';
  const starts = change.to === 'offered' || isFirstQueued || (change.subject === 'wave' && change.to === 'running');
  return starts && store.rollout.state !== 'running' ? `${change.subject} became ${change.to} while ${store.rollout.state}` : null;
}

/** 15: what has ended never changes. */
export function invariant15EndsAreFinal(_: World, change: Transition): Finding {
  const ends: Record<Transition['subject'], readonly string[]> = {
    deployment: terminalStates,
    wave: ['succeeded', 'failed', 'skipped', 'aborted'],
    rollout: ['succeeded', 'completed_with_failures', 'failed', 'aborted', 'superseded', 'rejected'],
  };
  return ends[change.subject].includes(change.from) ? `${change.subject} went from ${change.from} to ${change.to}` : null;
}

/** 15 in the small: a cancel never closes a deployment from `applying` on. */
export function invariant15ApplyingIsNotCanceled(_: World, change: Transition): Finding {
  return change.to === 'canceled' && !beforeTheChange.includes(change.from) ? `${change.deviceId} was canceled while ${change.from}` : null;
}

/** 19, 33: server time orders, and every transition says who, when, why and from what. */
export function invariant33TransitionsAreAccountable(world: World, change: Transition, memory: Memory): Finding {
  const inOrder = change.at >= memory.lastTransitionAt && change.at <= world.timeline.now();
  memory.lastTransitionAt = change.at;
  if (!inOrder) return `${change.subject} changed out of order`;
  return change.cause === '' || change.from === '' ? `${change.subject} changed without a cause` : null;
}

/** 21: a device times out only when its whole time has passed, not counting pauses, and never while paused. */
export function invariant21NothingTimesOutEarly(world: World, change: Transition): Finding {
  if (change.to !== 'timed_out') return null;
  const startedAt = world.store.waves[change.wave ?? -1]?.startedAt ?? null;
  if (startedAt === null) return `${change.deviceId} timed out before its wave started`;
  if (world.store.rollout.state === 'paused') return `${change.deviceId} timed out during a pause`;
  const waited = change.at - startedAt - pausedBetween(world, startedAt, change.at);
  return waited >= world.scenario.policy.deploymentDeadlineMs ? null : `${change.deviceId} timed out after ${waited} ms`;
}

/** 25: a wave without eligible devices is skipped, and only such a wave; it never succeeds. */
export function invariant25OnlyEmptyWavesAreSkipped(world: World, change: Transition): Finding {
  if (change.subject !== 'wave' || (change.to !== 'skipped' && change.to !== 'succeeded')) return null;
  const { eligible } = tally(world, change.wave);
  return (eligible === 0) === (change.to === 'skipped')
    ? null
    : `wave ${change.wave} with ${eligible} eligible devices became ${change.to}`;
}
