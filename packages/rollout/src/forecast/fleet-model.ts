/**
 * How a fleet is expected to behave, from what is recorded of it. Pure. INVARIANTS
 * - A device with a history of its own is taken by it, one without by that of the fleet, and everything between by its weight.
 * - What is not recorded at all is assumed, and said to be (`assumptions`).
 * - The failures are those of releases that were good: a rollout that breached says something about its release, not about the fleet.
 */
import type { FailureType } from '@sluice/contracts';
import type { DeviceRecord, ForecastInput, PastDeployment } from './records.ts';

/** How long the parts of one deployment take. */
export interface Timing {
  readonly answerMs: number;
  readonly fetchMs: number;
  readonly changeMs: number;
}

/** Ends of a deployment that are drawn; who does not finish in time follows from the times. */
export type DrawnFailure = Exclude<FailureType, 'timed_out'>;
export const drawnFailures = ['failed', 'rolled_back', 'rollback_failed', 'rejected'] as const satisfies readonly DrawnFailure[];

export interface DeviceModel {
  readonly weight: number;
  readonly wave: number;
  readonly clock: number;
  readonly rooms: readonly number[];
  /** Timings to draw from: its own, or those of the fleet. */
  readonly timings: readonly Timing[];
  /** How likely each failure of an attempt is. */
  readonly failures: Readonly<Record<DrawnFailure, number>>;
  /** Milliseconds for which it has been silent; null: it is there. Infinity: it was never seen. */
  readonly silentMs: number | null;
  /** How long a silence lasts on average, and how often one begins per millisecond. */
  readonly offlineMeanMs: number;
  readonly offlineRate: number;
  /** Some silence of it was longer than the present one. */
  readonly knowsLongerSilence: boolean;
  readonly unhealthy: boolean;
}

export interface FleetModel {
  readonly devices: readonly DeviceModel[];
  /** Distinct clocks of the devices: places are those of {@link DeviceModel.clock}. */
  readonly clocks: readonly { readonly zone: string; readonly waitsByItself: boolean; readonly devices: number }[];
  /** How often an updated device becomes unhealthy without the release's fault, per millisecond. */
  readonly illnessRate: number;
  readonly basis: ForecastBasis;
  readonly assumptions: readonly string[];
}

/** What a forecast rests on. */
export interface ForecastBasis {
  readonly pastDeployments: number;
  readonly devicesWithHistory: number;
  readonly failurePercent: number;
  readonly unhealthyNow: number;
  readonly silentNow: number;
  readonly neverSeen: number;
}

/** Agents ask all the time; who is silent for so long is offline. */
export const silenceMs = 10 * 60_000;
const dayMs = 86_400_000;
const assumedTiming: Timing = { answerMs: 5_000, fetchMs: 60_000, changeMs: 60_000 };
const timingsMin = 20;
const ownTimingsMin = 3;
/** Of releases that were good, so many attempts are taken to fail where nothing is recorded; it weighs like so many deployments. */
const assumedFailure = { percent: 1, weight: 20 };
/** How much of the fleet is in the failures of a device: as much as so many deployments of its own. */
const fleetWeight = 10;
const assumedOffline = { perDay: 0.1, meanMs: 3_600_000 };

/** Derives the model of a fleet from its records. The same records give the same model. */
export function deriveFleetModel(input: Pick<ForecastInput, 'devices' | 'past' | 'now' | 'waveSizes'>): FleetModel {
  const { devices, past, now } = input;
  const timings = timingsOf(past);
  const own = Map.groupBy(past, ({ deviceId }) => deviceId);
  const rates = failureRates(past);
  const offline = offlineOfFleet(devices, now);
  const clocks = new Map<string, { place: number; zone: string; waitsByItself: boolean; devices: number }>();
  const weights = weightsOf(input);
  const models = devices.map((device, place): DeviceModel => {
    const key = `${device.zone} ${device.waitsByItself}`;
    const clock = clocks.get(key) ?? { place: clocks.size, zone: device.zone, waitsByItself: device.waitsByItself, devices: 0 };
    const weight = weights[place] ?? 1;
    clocks.set(key, { ...clock, devices: clock.devices + weight });
    const history = own.get(device.id) ?? [];
    const ownTimings = timingsOf(history);
    return {
      weight,
      wave: device.wave,
      clock: clock.place,
      rooms: device.rooms,
      timings: ownTimings.length >= ownTimingsMin ? ownTimings : timings,
      failures: failuresOfDevice(history, rates),
      ...silenceOf(device, offline, now),
      unhealthy: device.unhealthy,
    };
  });
  return {
    devices: models,
    clocks: [...clocks.values()].map(({ zone, waitsByItself, devices: count }) => ({ zone, waitsByItself, devices: count })),
    illnessRate: illnessRateOf(devices, now),
    basis: {
      pastDeployments: past.length,
      devicesWithHistory: devices.filter(({ id }) => own.has(id)).length,
      failurePercent: roundTo(100 * drawnFailures.reduce((sum, type) => sum + rates[type], 0), 2),
      unhealthyNow: weigh(models, ({ unhealthy }) => unhealthy),
      silentNow: weigh(models, ({ silentMs }) => silentMs !== null && silentMs !== Number.POSITIVE_INFINITY),
      neverSeen: weigh(models, ({ silentMs }) => silentMs === Number.POSITIVE_INFINITY),
    },
    assumptions: assumptionsOf({ past, timings, devices }),
  };
}

export function roundTo(value: number, places: number): number {
  return Math.round(value * 10 ** places) / 10 ** places;
}

function weigh(models: readonly DeviceModel[], counts: (model: DeviceModel) => boolean): number {
  return models.reduce((sum, model) => sum + (counts(model) ? model.weight : 0), 0);
}

/** Whole numbers that add up to the exact size of each wave: how many devices each of these stands for. */
function weightsOf({ devices, waveSizes }: Pick<ForecastInput, 'devices' | 'waveSizes'>): number[] {
  const present = new Map<number, number>();
  for (const { wave } of devices) present.set(wave, (present.get(wave) ?? 0) + 1);
  const given = new Map<number, number>();
  return devices.map(({ wave }) => {
    const units = present.get(wave) ?? 1;
    const place = given.get(wave) ?? 0;
    given.set(wave, place + 1);
    const size = waveSizes[wave] ?? units;
    return Math.floor(((place + 1) * size) / units) - Math.floor((place * size) / units);
  });
}

/** The times of deployments that succeeded; who was offline at the offer tells nothing about how fast it answers. */
function timingsOf(past: readonly PastDeployment[]): readonly Timing[] {
  const found = past.flatMap(({ state, answerMs, fetchMs, changeMs }) =>
    state === 'succeeded' && answerMs !== null && fetchMs !== null && changeMs !== null && answerMs < silenceMs
      ? [{ answerMs, fetchMs, changeMs }]
      : [],
  );
  return found.length === 0 ? [assumedTiming] : found;
}

type FailureRates = Readonly<Record<DrawnFailure, number>>;

const count = (past: readonly PastDeployment[], type: DrawnFailure): number => past.filter(({ state }) => state === type).length;

function failureRates(past: readonly PastDeployment[]): FailureRates {
  const known = past.filter(({ state }) => state === 'succeeded' || (drawnFailures as readonly string[]).includes(state));
  const assumed = (assumedFailure.percent / 100) * assumedFailure.weight;
  const rate = (type: DrawnFailure): number =>
    (count(known, type) + (type === 'rolled_back' ? assumed : 0)) / (known.length + assumedFailure.weight);
  return Object.fromEntries(drawnFailures.map((type) => [type, rate(type)])) as Record<DrawnFailure, number>;
}

function failuresOfDevice(own: readonly PastDeployment[], rates: FailureRates): FailureRates {
  if (own.length === 0) return rates;
  const rate = (type: DrawnFailure): number => (count(own, type) + fleetWeight * rates[type]) / (own.length + fleetWeight);
  return Object.fromEntries(drawnFailures.map((type) => [type, rate(type)])) as Record<DrawnFailure, number>;
}

type Offline = { rate: number; meanMs: number };

function offlineOfFleet(devices: readonly DeviceRecord[], now: number): Offline {
  let silences = assumedOffline.perDay;
  let watchedMs = dayMs;
  let offlineMs = assumedOffline.meanMs;
  for (const device of devices) {
    silences += device.offlineCount;
    offlineMs += device.offlineMs;
    watchedMs += watchedMsOf(device, now);
  }
  return { rate: silences / watchedMs, meanMs: offlineMs / (silences - assumedOffline.perDay + 1) };
}

function watchedMsOf({ watchedSince, lastSeenAt, offlineMs }: DeviceRecord, now: number): number {
  return watchedSince === null ? 0 : Math.max(0, Math.min(now, lastSeenAt ?? now) - watchedSince - offlineMs);
}

function silenceOf(
  device: DeviceRecord,
  fleet: Offline,
  now: number,
): Pick<DeviceModel, 'silentMs' | 'offlineMeanMs' | 'offlineRate' | 'knowsLongerSilence'> {
  const silent = device.lastSeenAt === null ? Number.POSITIVE_INFINITY : now - device.lastSeenAt;
  return {
    silentMs: silent > silenceMs ? silent : null,
    offlineMeanMs: (device.offlineMs + fleet.meanMs) / (device.offlineCount + 1),
    offlineRate: (device.offlineCount + fleet.rate * dayMs) / (watchedMsOf(device, now) + dayMs),
    knowsLongerSilence: device.offlineLongestMs > silent,
  };
}

/** Devices that were well became unhealthy within a day: so often does it happen without an update. */
function illnessRateOf(devices: readonly DeviceRecord[], now: number): number {
  const well = devices.filter(({ unhealthy }) => !unhealthy);
  const fellIll = well.filter(({ lastUnhealthyAt }) => lastUnhealthyAt !== null && now - lastUnhealthyAt < dayMs).length;
  return well.length === 0 ? 0 : -Math.log1p(-Math.min(0.9, fellIll / well.length)) / dayMs;
}

function assumptionsOf({
  past,
  timings,
  devices,
}: Pick<ForecastInput, 'past' | 'devices'> & { timings: readonly Timing[] }): readonly string[] {
  const said: string[] = [];
  if (timings.length < timingsMin) {
    said.push(
      timings[0] === assumedTiming
        ? 'No deployment with its times is recorded yet: a device is taken to need two minutes.'
        : `Only ${timings.length} deployments with their times are recorded: the durations are rough.`,
    );
  }
  if (past.length < assumedFailure.weight) {
    said.push(`Few deployments of good releases are recorded: ${assumedFailure.percent} % of attempts are taken to fail.`);
  }
  if (devices.every(({ offlineCount }) => offlineCount === 0)) {
    said.push('No device was ever seen to come back from a silence: each is taken to be away for an hour every ten days.');
  }
  if (devices.some(({ unhealthy }) => unhealthy)) said.push('Devices that are unhealthy now are taken to stay so.');
  return said;
}
