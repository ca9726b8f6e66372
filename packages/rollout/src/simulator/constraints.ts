/**
 * What holds single devices back: windows, budgets, other rollouts, retries. The store of the simulator counts it for the engine and looks
 * at each device once more when it carries out an offer, as the statements of the SQL store do.
 */
import type { OfferableInput, OfferWait } from '../engine-input.ts';
import type { DeviceModel, Scenario, WindowModel } from './scenario.ts';
import type { StoredDeployment } from './stored.ts';

const changing = ['offered', 'accepted', 'downloading', 'staged', 'awaiting_window', 'awaiting_consent', 'applying', 'verifying'];

export interface Fleet {
  readonly scenario: Scenario;
  /** Epoch milliseconds of the start of the run. */
  readonly start: number;
  /** As they are labelled now. */
  readonly devices: Map<string, DeviceModel>;
  readonly deployments: ReadonlyMap<string, StoredDeployment>;
}

/** When a window is open next, from `now` on; `now` itself while it is open. Windows recur for ever. */
export function windowOpensAt(window: WindowModel, zone: number, sinceStart: number): number {
  const inPeriod = (((sinceStart + zone * window.zoneShiftMs) % window.everyMs) + window.everyMs) % window.everyMs;
  return inPeriod < window.openMs ? sinceStart : sinceStart + window.everyMs - inPeriod;
}

/** When a device may be told of the release: while its window is open, and before if its agent waits by itself. */
function offersOpenAt(window: WindowModel, zone: number, sinceStart: number): number {
  const opens = windowOpensAt(window, zone, sinceStart);
  return Math.max(sinceStart, opens - (zone === window.oldZone ? 0 : window.leadMs));
}

/** The devices of a site that are unavailable: in mid-change, or changed and unhealthy. */
export function unavailable(fleet: Fleet, site: number): number {
  let count = 0;
  for (const { deviceId, state, unhealthy } of fleet.deployments.values()) {
    if (fleet.devices.get(deviceId)?.site !== site) continue;
    if (changing.includes(state) || (state === 'succeeded' && unhealthy)) count += 1;
  }
  return count;
}

/** The freeze that holds at a time, if any; of several the one that ends last, because nothing starts before. */
export function freezeAt(fleet: Fleet, now: number): { name: string; until: number } | null {
  if (fleet.scenario.hotfix) return null;
  const ends = fleet.scenario.freezes.filter(({ from, to }) => now >= fleet.start + from && now < fleet.start + to).map(({ to }) => to);
  return ends.length === 0 ? null : { name: 'stocktaking', until: fleet.start + Math.max(...ends) };
}

/** The hold of the stage, until it is lifted. */
export function holdAt({ scenario, start }: Fleet, now: number): { reason: string; by: string } | null {
  const isOver = scenario.heldForMs === null || now >= start + scenario.heldForMs;
  return isOver ? null : { reason: 'It was rolled back.', by: 'Petra' };
}

/** Whether a rollout of higher priority has a device. */
export function isHeld(fleet: Fleet, device: DeviceModel, now: number): boolean {
  return device.heldUntil !== null && now < fleet.start + device.heldUntil;
}

function opensAt(fleet: Fleet, device: DeviceModel, now: number): number {
  const { window } = fleet.scenario;
  return window === null ? now : fleet.start + offersOpenAt(window, device.zone, now - fleet.start);
}

/** The queued devices among these that may be offered the release at `now`, in their order. */
export function offerableDevices(fleet: Fleet, queued: readonly StoredDeployment[], now: number): readonly StoredDeployment[] {
  const room = new Map<number, number>();
  return queued.filter(({ deviceId, retryAt }) => {
    const device = fleet.devices.get(deviceId);
    if (device === undefined || (retryAt !== null && retryAt > now) || opensAt(fleet, device, now) > now) return false;
    const budget = fleet.scenario.budgets.find(({ site }) => site === device.site);
    if (budget === undefined) return true;
    const left = room.get(device.site) ?? budget.maximumUnavailable - unavailable(fleet, device.site);
    if (left <= 0) return false;
    room.set(device.site, left - 1);
    return true;
  });
}

/** What the engine is told about a wave. */
export function offerableOf(fleet: Fleet, wave: number, now: number): OfferableInput {
  const ofWave = [...fleet.deployments.values()].filter((deployment) => deployment.wave === wave);
  const scheduled = ofWave.filter(({ state }) => state === 'scheduled');
  const queued = ofWave.filter(({ state }) => state === 'queued');
  const held = scheduled.filter(({ deviceId }) => {
    const device = fleet.devices.get(deviceId);
    return device !== undefined && isHeld(fleet, device, now);
  });
  const offerable = offerableDevices(fleet, queued, now).length;
  const queue = scheduled.length - held.length;
  const straight = queued.length === 0 && nothingHolds(fleet) ? { straight: queue } : {};
  return { queue, now: offerable, ...straight, waits: [...waitsOf(fleet, queued, now), ...heldWait(fleet, held)] };
}

/** As the store says it. */
function nothingHolds({ scenario: { window, budgets, policy } }: Fleet): boolean {
  const mayBeDeferred = policy.retries !== undefined && policy.offline?.action === 'late_wave';
  return window === null && budgets.length === 0 && !mayBeDeferred;
}

function waitsOf(fleet: Fleet, queued: readonly StoredDeployment[], now: number): readonly OfferWait[] {
  const waits = new Map<string, OfferWait>();
  const add = (cause: OfferWait['cause'], name: string, until: number | null): void => {
    const before = waits.get(`${cause}/${name}`);
    const sooner = before === undefined || before.until === null || (until !== null && until < before.until) ? until : before.until;
    waits.set(`${cause}/${name}`, { cause, name, devices: (before?.devices ?? 0) + 1, until: sooner });
  };
  for (const { deviceId, retryAt } of queued) {
    const device = fleet.devices.get(deviceId);
    if (device === undefined) continue;
    const opens = opensAt(fleet, device, now);
    const budget = fleet.scenario.budgets.find(({ site }) => site === device.site);
    // A device is counted once, for what it waits for first.
    if (retryAt !== null && retryAt > now) add('retry', '', retryAt);
    else if (opens > now) add('window', `zone ${device.zone}`, opens);
    else if (budget !== undefined && unavailable(fleet, device.site) >= budget.maximumUnavailable)
      add('budget', `site ${device.site}`, null);
  }
  return [...waits.values()];
}

function heldWait(fleet: Fleet, held: readonly StoredDeployment[]): readonly OfferWait[] {
  if (held.length === 0) return [];
  const ends = held.map(({ deviceId }) => fleet.start + (fleet.devices.get(deviceId)?.heldUntil ?? 0));
  return [{ cause: 'priority', name: 'hotfix 7', devices: held.length, until: Math.min(...ends) }];
}
