/** Invariants of what is offered, when and to whom: budgets, windows, rates, freezes, approvals, retries. */
import type { Rate } from '@sluice/contracts';
import { isHeld, unavailable, windowOpensAt } from './constraints.ts';
import type { Finding } from './invariants-of-state.ts';
import { rulesOf } from './oracle.ts';
import type { DeviceModel, WindowModel } from './scenario.ts';
import type { Transition } from './stored.ts';
import type { World } from './world.ts';

const isOffer = (change: Transition): boolean => change.subject === 'deployment' && change.to === 'offered';

function deviceOf(world: World, change: Transition) {
  return world.store.fleet.devices.get(change.deviceId ?? '');
}

/** 10: an offer never takes a site beyond its budget; the devices in mid-change and those that fell ill count. */
export function invariant10BudgetsHold(world: World, change: Transition): Finding {
  const device = isOffer(change) ? deviceOf(world, change) : undefined;
  const budget = world.scenario.budgets.find(({ site }) => site === device?.site);
  if (device === undefined || budget === undefined) return null;
  const count = unavailable(world.store.fleet, device.site);
  return count <= budget.maximumUnavailable ? null : `site ${device.site}: ${count} of ${budget.maximumUnavailable} unavailable`;
}

/** 13: nothing is offered outside the window of its device, or the time before it in which the device waits by itself. */
export function invariant13OffersKeepTheirWindow(world: World, change: Transition): Finding {
  const device = isOffer(change) ? deviceOf(world, change) : undefined;
  const { window } = world.scenario;
  if (device === undefined || window === null) return null;
  const sinceStart = change.at - world.start;
  const waits = windowOpensAt(window, device.zone, sinceStart) - sinceStart;
  return waits <= leadOf(window, device) ? null : `${device.id} was offered ${waits} ms before its window`;
}

function leadOf(window: WindowModel, device: DeviceModel): number {
  return device.zone === window.oldZone ? 0 : window.leadMs;
}

/** 13: a device that waits by itself begins to change itself only inside its window, however long it took to get ready. */
export function invariant13SwitchesKeepTheirWindow(world: World): Finding {
  const { window } = world.scenario;
  if (window === null) return null;
  const outside = world.switches.find(({ device, at }) => {
    const sinceStart = at - world.start;
    return device.zone !== window.oldZone && windowOpensAt(window, device.zone, sinceStart) !== sinceStart;
  });
  return outside === undefined ? null : `${outside.device.id} changed itself outside its window`;
}

/** Nothing is offered and no wave starts during a freeze, unless the rollout is a hotfix or a rollback. */
export function invariantFreezesHold(world: World, change: Transition): Finding {
  const startsWave = change.subject === 'wave' && change.to === 'running';
  if (world.scenario.hotfix || world.scenario.purpose === 'rollback' || (!isOffer(change) && !startsWave)) return null;
  const at = (startsWave ? change.decidedAt : change.at) - world.start;
  return world.scenario.freezes.some(({ from, to }) => at >= from && at < to) ? `${change.subject} became ${change.to} in a freeze` : null;
}

/** A rollout starts at its time, not before. */
export function invariantStartsInTime({ scenario, start }: World, change: Transition): Finding {
  if (change.subject !== 'rollout' || change.from !== 'scheduled' || change.to !== 'running') return null;
  return change.decidedAt < start + (scenario.startAt ?? 0) ? 'the rollout started before its time' : null;
}

/** The labels that count are those of now. */
export function invariantLabelsAreCurrent({ store, relabelled }: World): Finding {
  for (const [id, site] of relabelled) if (store.fleet.devices.get(id)?.site !== site) return `the new label of ${id} is not seen`;
  return null;
}

/** A hold keeps a rollout from starting, unless it is a rollback. */
export function invariantHoldsHold({ scenario, start }: World, change: Transition): Finding {
  if (change.subject !== 'rollout' || change.from !== 'scheduled' || change.to !== 'running') return null;
  if (scenario.purpose === 'rollback') return null;
  return change.decidedAt < start + (scenario.heldForMs ?? 0) ? 'the rollout started while it was held' : null;
}

/** A rollout of higher priority keeps its devices. */
export function invariantPriorityHolds(world: World, change: Transition): Finding {
  const device = change.to === 'queued' && change.cause === 'queue' ? deviceOf(world, change) : undefined;
  return device !== undefined && isHeld(world.store.fleet, device, change.at) ? `${device.id} was taken from a higher rollout` : null;
}

/** 32: nothing starts with fewer approvals than its policy asks for, except a wave that a person forces. */
export function invariant32ApprovalsPrecede(world: World, change: Transition): Finding {
  const { policy } = world.scenario;
  if (change.subject === 'rollout' && change.to === 'scheduled') {
    return world.store.rollout.approvals < (policy.approval?.required ?? 0) ? 'the rollout went on without its approvals' : null;
  }
  if (change.subject !== 'wave' || change.to !== 'running' || change.wave === null) return null;
  if (change.actor === 'person' && change.cause === 'requested_by_person') return null;
  const given = world.store.waves[change.wave]?.approvals ?? 0;
  return given < (rulesOf(world, change.wave)?.approval?.required ?? 0) ? `wave ${change.wave} started without its approvals` : null;
}

/** A failed device is tried again as often as its failures allow, and not before its wait is over. */
export function invariantRetriesAreBounded(world: World, change: Transition): Finding {
  const retries = world.scenario.policy.retries;
  const deployment = world.store.deployments.get(change.deviceId ?? '');
  if (!isOffer(change) || deployment === undefined) return null;
  // Who was put into the late wave after an offer is offered the release there, which is no try of a failure.
  const deferred = world.store.transitions.filter((other) => other.deviceId === change.deviceId && other.cause === 'defer');
  const most = 1 + deferred.length + Math.max(retries?.failed ?? 0, retries?.rolled_back ?? 0);
  if (deployment.attempt > most) return `${deployment.deviceId} was offered for the ${deployment.attempt}th time, ${most} are allowed`;
  const failedAt = world.store.transitions.findLast((other) => other.deviceId === change.deviceId && other.cause === 'retry')?.at;
  if (failedAt === undefined || retries === undefined || deferred.length > 0) return null;
  const wait = retries.backOffMs * 2 ** (deployment.attempt - 2);
  return change.at >= failedAt + wait ? null : `${deployment.deviceId} was offered again too soon`;
}

/** A rate of a moment, by the words of the policy. */
function rateAt(rate: Rate, devices: number): number {
  if (rate.kind === 'constant') return rate.perMinute;
  let perMinute = rate.basePerMinute;
  for (let reached = rate.every; reached <= devices; reached += rate.every) {
    perMinute = Math.min(rate.maximumPerMinute, Math.max(perMinute + 1, Math.floor(perMinute * (rate.factorPercent / 100))));
  }
  return Math.min(perMinute, rate.maximumPerMinute);
}

/** No minute has more offers than the rate it ended with. Minutes begin with the first offer after the last one. */
export function invariantRatesHold(world: World): Finding {
  const { rate } = world.scenario.policy;
  if (rate === undefined) return null;
  let [minute, inMinute, offered] = [Number.NEGATIVE_INFINITY, 0, 0];
  for (const change of world.store.transitions.filter(isOffer)) {
    if (change.decidedAt >= minute + 60_000) [minute, inMinute] = [change.decidedAt, 0];
    inMinute += 1;
    const succeeded = world.store.transitions.filter(({ to, decidedAt }) => to === 'succeeded' && decidedAt <= change.decidedAt).length;
    const most = rateAt(rate, rate.kind === 'exponential' && rate.on === 'succeeded' ? succeeded : offered);
    offered += 1;
    if (inMinute > most) return `${inMinute} offers in a minute, ${most} are allowed`;
  }
  return null;
}

/** 23: when time alone lets the next device of the wave in turn be offered the release: for the timer that must not come later. */
export function offersDueAt({ store, scenario, start }: World, wave: number, now: number): number | null {
  const isFree = scenario.hotfix || scenario.purpose === 'rollback';
  const freezes = isFree ? [] : scenario.freezes.filter(({ from, to }) => now >= start + from && now < start + to);
  const waiting = [...store.deployments.values()].filter((each) => each.wave === wave && ['scheduled', 'queued'].includes(each.state));
  if (waiting.length === 0) return null;
  const isGated = store.waves[wave]?.state === 'awaiting_gate';
  if (freezes.length > 0) return isGated ? null : start + Math.max(...freezes.map(({ to }) => to));
  if (store.waves[wave]?.state !== 'running') return null;
  const times = waiting.map((deployment) => {
    const device = scenario.devices.find(({ id }) => id === deployment.deviceId);
    const held = deployment.state === 'scheduled' ? start + (device?.heldUntil ?? 0) : now;
    const opens =
      scenario.window === null || deployment.state === 'scheduled'
        ? now
        : Math.max(
            now,
            start + windowOpensAt(scenario.window, device?.zone ?? 0, now - start) - (device ? leadOf(scenario.window, device) : 0),
          );
    return Math.max(held, opens, deployment.retryAt ?? now);
  });
  const first = Math.min(...times);
  if (first > now) return first;
  const { minuteStartedAt } = store.rollout.offers;
  const isRated = scenario.policy.rate !== undefined && scenario.budgets.length === 0 && minuteStartedAt !== null;
  return isRated && minuteStartedAt + 60_000 > now ? minuteStartedAt + 60_000 : null;
}
