/** The simulated devices: they poll, take an offer, walk through their states, report over a bad network, and may fall ill afterwards. */
import type { ReportableDeploymentState } from '@sluice/contracts';
import { assertNever } from '../assert-never.ts';
import { isTerminalDeploymentState } from '../deployment-states.ts';
import { windowOpensAt } from './constraints.ts';
import type { DeviceModel } from './scenario.ts';
import { countFault, type World } from './world.ts';

/** Tells a device that its desired state may have changed: it sees so at its next poll. */
export function notifyDevice(world: World, device: DeviceModel): void {
  const poll = world.random.integer(0, device.pollMs);
  world.timeline.after(untilOnline(world, device, poll), () => {
    const deployment = world.store.deployments.get(device.id);
    if (deployment?.state === 'offered' && deployment.desired.target === 'release') walk(world, device, deployment.attempt);
  });
}

/** Delay from now until the device is online, at least `delayMs`. */
function untilOnline(world: World, device: DeviceModel, delayMs: number): number {
  let at = world.timeline.now() + delayMs;
  for (const { from, to } of device.offline) if (at >= world.start + from && at < world.start + to) at = world.start + to;
  if (at > world.timeline.now() + delayMs) countFault(world, 'device_offline');
  return at - world.timeline.now();
}

/** A device with longer steps may miss its deadline without being offline. */
const slowStepMs = 600_000;

function walk(world: World, device: DeviceModel, attempt: number): void {
  const path = pathOf(world, device, attempt);
  if (device.stepMs >= slowStepMs) countFault(world, 'device_slow');
  const step = (place: number): void => {
    const state = path[place];
    if (state === undefined) return;
    const canceled = world.store.deployments.get(device.id)?.desired.target !== 'release';
    // The agent looks for a cancel before the irreversible step, if it can reach the server.
    if (state === 'applying' && canceled && untilOnline(world, device, 0) === 0) return;
    const waitMs = state === 'applying' ? untilWindow(world, device) : 0;
    if (waitMs > 0) {
      if (path[place - 1] !== 'awaiting_window') send(world, device, 'awaiting_window', attempt);
      world.timeline.after(waitMs, () => step(place));
      return;
    }
    if (state === 'applying') world.switches.push({ device, at: world.timeline.now(), whilePaused: knowsOfPause(world, device) });
    send(world, device, state, attempt);
    world.timeline.after(device.stepMs, () => step(place + 1));
  };
  step(0);
}

/** How often a device looks that was told to wait on. */
const lookMs = 60_000;

/**
 * How long a device that waits by itself waits for its window, or for word that a pause is over; without contact it goes by the windows that it
 * knows. An older agent switches whenever it is ready.
 */
function untilWindow(world: World, device: DeviceModel): number {
  const { scenario, timeline, start } = world;
  const { window } = scenario;
  const { zone } = device;
  if (window === null || zone === window.oldZone) return 0;
  const isHeld = world.store.deployments.get(device.id)?.desired.held === true;
  if (isHeld && untilOnline(world, device, 0) === 0) return lookMs;
  const sinceStart = timeline.now() - start;
  return windowOpensAt(window, zone, sinceStart) - sinceStart;
}

function knowsOfPause(world: World, device: DeviceModel): boolean {
  const state = world.store.deployments.get(device.id)?.state;
  const isOpen = state !== undefined && !isTerminalDeploymentState(state) && state !== 'queued' && state !== 'scheduled';
  return world.store.rollout.state === 'paused' && isOpen && untilOnline(world, device, 0) === 0;
}

function pathOf(world: World, device: DeviceModel, attempt: number): readonly ReportableDeploymentState[] {
  const before = world.random.chance(20) ? (['staged', 'awaiting_window'] as const) : (['staged'] as const);
  const whole = ['accepted', 'downloading', ...before, 'applying', 'verifying'] as const;
  const result = device.succeedsFromAttempt !== null && attempt >= device.succeedsFromAttempt ? 'succeeded' : device.result;
  switch (result) {
    case 'succeeded':
    case 'rolled_back':
    case 'rollback_failed':
      return [...whole, result];
    case 'failed':
      return ['accepted', 'downloading', 'failed'];
    case 'rejected':
      return ['accepted', 'rejected'];
    case 'silent':
      return whole.slice(0, world.random.integer(0, whole.length));
    default:
      return assertNever(result);
  }
}

/** Sends a report through the network: late, twice, not at all, or with a wrong attempt. */
function send(world: World, device: DeviceModel, state: ReportableDeploymentState, attempt: number): void {
  const { random } = world;
  if (random.chance(device.losePercent)) {
    countFault(world, 'report_lost');
    return;
  }
  const copies = random.chance(device.duplicatePercent) ? 2 : 1;
  if (copies === 2) countFault(world, 'report_duplicated');
  for (let copy = 0; copy < copies; copy += 1) deliver(world, device, state, attempt);
  if (random.chance(device.wrongAttemptPercent)) {
    countFault(world, 'report_of_wrong_attempt');
    deliver(world, device, state, attempt + random.pick([-1, 1]));
  }
}

function deliver(world: World, device: DeviceModel, state: ReportableDeploymentState, attempt: number): void {
  const { store, timeline, random, observer } = world;
  const delay = random.integer(0, device.delayMaxMs);
  if (delay > 0) countFault(world, 'report_late');
  if (device.clockSkewMs !== 0) countFault(world, 'clock_skewed');
  const report = { state, attempt, at: timeline.now() + device.clockSkewMs };
  const sent = timeline.now();
  timeline.after(untilOnline(world, device, delay), () => {
    const deployment = store.deployments.get(device.id);
    const wave = store.waves[deployment?.wave ?? -1];
    if (deployment === undefined || wave === undefined) return;
    const before = { state: deployment.state, attempt: deployment.attempt };
    const countsBefore = { ...wave.counts };
    if (sent < (world.arrived.get(device.id) ?? sent)) countFault(world, 'report_reordered');
    world.arrived.set(device.id, Math.max(sent, world.arrived.get(device.id) ?? sent));
    const outcome = store.report(device.id, report, timeline.now());
    const after = { state: deployment.state, attempt: deployment.attempt };
    observer.reported({ report, outcome, before, after, countsBefore, countsAfter: { ...wave.counts } });
    if (state === 'succeeded' && attempt >= 1 && attempt <= before.attempt) world.committed.add(device.id);
    if (deployment.succeededLate && state === 'succeeded') {
      countFault(world, 'succeeded_late');
      world.sweepLater();
    }
    if (outcome.outcome === 'retried') countFault(world, 'attempt_retried');
    if (outcome.outcome !== 'accepted' && outcome.outcome !== 'retried') return;
    if (state === 'succeeded') planRegressions(world, device);
    world.hint();
  });
}

function planRegressions(world: World, device: DeviceModel): void {
  for (const { afterMs, forMs } of device.regressions) {
    world.timeline.after(afterMs, () => changeHealth(world, device, false));
    if (forMs !== null) world.timeline.after(afterMs + forMs, () => changeHealth(world, device, true));
  }
}

function changeHealth(world: World, device: DeviceModel, healthy: boolean): void {
  const now = world.timeline.now();
  const deployment = world.store.deployments.get(device.id);
  if (deployment === undefined) return;
  const wasUnhealthy = deployment.unhealthy;
  world.store.health(device.id, healthy, now);
  if (deployment.unhealthy === wasUnhealthy) return;
  countFault(world, healthy ? 'device_recovered' : 'device_fell_ill');
  const open = world.unhealthySpans.find((span) => span.deviceId === device.id && span.to === null);
  if (healthy && open !== undefined) open.to = now;
  if (!healthy) world.unhealthySpans.push({ deviceId: device.id, wave: deployment.wave, from: now, to: null });
  world.hint();
}
