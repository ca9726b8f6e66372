/** The forecast: many runs of a rollout over the model of the fleet, and what they say together. Pure: the same input, the same answer. */
import type { DeviceAtRisk, ForecastRange, RolloutForecast, RolloutPolicy } from '@sluice/contracts';
import { createRandom } from '../simulator/random.ts';
import { type DeviceModel, deriveFleetModel, roundTo } from './fleet-model.ts';
import { type RunResult, runForecast } from './forecast-run.ts';
import type { ForecastInput } from './records.ts';
import type { RunInput, StopCause } from './run-state.ts';
import { windowClocks } from './window-clock.ts';

/** A forecast simulates so many devices in all of its runs: that bounds what it costs. */
const deviceRunsMax = 400_000;
const runsMax = 200;
const runsMin = 20;
/** Of so many devices in a sample the share that fails is off by less than half a percent. */
export const forecastDevicesMax = 20_000;
const devicesNamedMax = 20;
/** A device is at risk when it is late or missed in so many percent of the runs. */
const riskPercent = 10;

/** What is simulated, without a seed of its own. */
export function runInputOf(input: ForecastInput): Omit<RunInput, 'seed' | 'openFreezes' | 'hold'> {
  const fleet = deriveFleetModel(input);
  return {
    start: input.now,
    policy: withoutAnalyses(input.policy),
    startAt: input.startAt,
    waveSizes: input.waveSizes,
    fleet,
    rooms: input.rooms,
    freezes: input.freezes,
    windows: windowClocks(input.policy.window, fleet.clocks, input.now),
    lookMs: input.devices.length > 2_000 ? 10_000 : 1_000,
  };
}

/** What applications measure is not foreseen: an analysis is taken to pass, and takes its time like a longer soak. */
function withoutAnalyses(policy: RolloutPolicy): RolloutPolicy {
  const waves = policy.waves.map(({ analysis, ...wave }) =>
    analysis === undefined ? wave : { ...wave, soakMs: wave.soakMs + analysis.count * analysis.intervalMs },
  );
  return { ...policy, waves };
}

/** @returns null when no device needs the release */
export function forecast(input: ForecastInput): RolloutForecast | null {
  const devices = input.waveSizes.reduce((sum, size) => sum + size, 0);
  if (devices === 0) return null;
  const prepared = runInputOf(input);
  const runs = Math.max(runsMin, Math.min(runsMax, Math.floor(deviceRunsMax / input.devices.length)));
  const seeds = createRandom(input.seed);
  const results = Array.from({ length: runs }, () =>
    runForecast({ ...prepared, seed: seeds.integer(0, 0x7fff_ffff), openFreezes: 'lifted', hold: null }),
  );
  const completed = results.filter(({ end }) => end === 'completed');
  const stopped = results.filter(({ end }) => end === 'stopped');
  const weights = prepared.fleet.devices.map(({ weight }) => weight);
  const weigh = (places: readonly number[]): number => places.reduce((sum, place) => sum + (weights[place] ?? 1), 0);
  return {
    at: new Date(input.now).toISOString(),
    seed: input.seed,
    runs,
    devices,
    simulatedDevices: input.devices.length,
    completedPercent: percentOf(completed.length, runs),
    unfinishedPercent: percentOf(runs - completed.length - stopped.length, runs),
    durationMs: rangeOf(
      completed.map(({ durationMs }) => durationMs),
      runs,
    ),
    waves: input.waveSizes.map((_, index) => ({
      index,
      startsAfterMs: rangeOf(timesOf(results, index, 'startedMs'), runs),
      passesAfterMs: rangeOf(timesOf(results, index, 'passedMs'), runs),
      falseAlarmPercent: percentOf(stopped.filter(({ stopped: by }) => by?.wave === index).length, runs),
      mostly: mostlyOf(stopped.flatMap(({ stopped: by }) => (by?.wave === index ? [by.cause] : []))),
    })),
    failed: rangeOfAll(results.map(({ failed }) => failed)),
    timedOut: rangeOfAll(results.map(({ timedOut }) => timedOut)),
    late: rangeOfAll(results.map(({ late }) => weigh(late))),
    falseAlarm: oddsOf(stopped.length, runs),
    atRisk: atRiskOf(input, prepared.fleet.devices, results),
    basis: prepared.fleet.basis,
    assumptions: [...prepared.fleet.assumptions, ...limitsOf(input)],
  };
}

function mostlyOf(causes: readonly StopCause[]): StopCause | null {
  const counts = [...Map.groupBy(causes, (cause) => cause)].sort((left, right) => right[1].length - left[1].length);
  return counts[0]?.[0] ?? null;
}

function timesOf(results: readonly RunResult[], wave: number, which: 'startedMs' | 'passedMs'): number[] {
  return results.flatMap(({ waves }) => waves[wave]?.[which] ?? []);
}

function percentOf(count: number, of: number): number {
  return roundTo((100 * count) / of, 1);
}

/** Null unless a fifth of the runs, and at least five, have a value: a range over less would say more than is known. */
function rangeOf(values: readonly number[], runs: number): ForecastRange | null {
  return values.length < Math.max(5, runs / 5) ? null : rangeOfAll(values);
}

function rangeOfAll(values: readonly number[]): ForecastRange {
  const sorted = [...values].sort((left, right) => left - right);
  const at = (percent: number): number => Math.round(sorted[Math.round((percent / 100) * (sorted.length - 1))] ?? 0);
  return { p10: at(10), p50: at(50), p90: at(90) };
}

/** A share with its 95 % interval (Wilson's score: right for shares near 0, where the usual one is not). */
export function oddsOf(count: number, of: number): { percent: number; low: number; high: number } {
  const z = 1.96;
  const share = count / of;
  const middle = (share + z ** 2 / (2 * of)) / (1 + z ** 2 / of);
  const half = (z / (1 + z ** 2 / of)) * Math.sqrt((share * (1 - share)) / of + z ** 2 / (4 * of ** 2));
  return {
    percent: percentOf(count, of),
    low: count === 0 ? 0 : roundTo(100 * Math.max(0, middle - half), 1),
    high: count === of ? 100 : roundTo(100 * Math.min(1, middle + half), 1),
  };
}

function atRiskOf(
  { devices, now }: ForecastInput,
  models: readonly DeviceModel[],
  results: readonly RunResult[],
): RolloutForecast['atRisk'] {
  const late = new Map<number, number>();
  const missed = new Map<number, number>();
  for (const result of results) {
    for (const place of result.late) late.set(place, (late.get(place) ?? 0) + 1);
    for (const place of result.missed) missed.set(place, (missed.get(place) ?? 0) + 1);
  }
  const found = devices.flatMap((device, place): (DeviceAtRisk & { weight: number })[] => {
    const model = models[place];
    const latePercent = percentOf(late.get(place) ?? 0, results.length);
    const missPercent = percentOf(missed.get(place) ?? 0, results.length);
    if (model === undefined || Math.max(latePercent, missPercent) < riskPercent) return [];
    const { id, name, wave, lastSeenAt } = device;
    const whileThere = latePercent >= missPercent ? 'often_offline' : 'out_of_time';
    const reason = lastSeenAt === null ? 'never_seen' : model.silentMs !== null ? 'silent' : whileThere;
    const seen = lastSeenAt === null ? null : new Date(Math.min(lastSeenAt, now)).toISOString();
    return [{ id, name, waveIndex: wave, lastSeenAt: seen, reason, latePercent, missPercent, weight: model.weight }];
  });
  found.sort(
    (left, right) => right.missPercent - left.missPercent || right.latePercent - left.latePercent || (left.id < right.id ? -1 : 1),
  );
  return {
    count: found.reduce((sum, { weight }) => sum + weight, 0),
    devices: found.slice(0, devicesNamedMax).map(({ weight: _, ...device }) => device),
  };
}

function limitsOf({ policy, freezes, hold = null, devices, waveSizes }: ForecastInput): readonly string[] {
  const size = waveSizes.reduce((sum, each) => sum + each, 0);
  const analyses = policy.waves.some(({ analysis }) => analysis !== undefined);
  const approvals = policy.approval !== undefined || policy.waves.some(({ approval }) => approval !== undefined);
  return [
    'The release is taken to be good: what it does to devices is what the rollout finds out.',
    ...(approvals ? ['Approvals are taken to be given at once: the time that people take comes on top.'] : []),
    ...(analyses ? ['Analyses are taken to pass and to take their whole time.'] : []),
    ...(hold !== null ? ['The hold of the stage is taken to be lifted now.'] : []),
    ...(freezes.some(({ to }) => to === null) ? ['A freeze without an end is taken to be lifted now.'] : []),
    ...(size > devices.length
      ? [`${devices.length} of ${size} devices are simulated, spread over each wave; each stands for several.`]
      : []),
    'Devices are taken to fail and to be offline independently: a site that loses its network, or power, is not foreseen.',
    'Other rollouts, new freezes and what people do meanwhile are not foreseen.',
  ];
}
