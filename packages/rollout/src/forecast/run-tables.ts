/** The rows of a run: the rollout, its waves, and where each device stands. Counts are kept with every move, in numbers of real devices. */
import type { DeploymentState, RolloutState, WaveState } from '@sluice/contracts';
import type { AnalysisInput } from '../analysis.ts';
import { isTerminalDeploymentState } from '../deployment-states.ts';
import type { PauseInput } from '../engine-input.ts';
import { gateNumbers } from '../gate.ts';
import type { OffersInput } from '../rate.ts';
import type { RunInput } from './run-state.ts';

export interface RunWave {
  readonly index: number;
  readonly size: number;
  state: WaveState;
  startedAt: number | null;
  passedAt: number | null;
  deadlineAt: number | null;
  soakStartedAt: number | null;
  gateForced: boolean;
  lastUnhealthyAt: number | null;
  unhealthySucceeded: number;
  analysis: AnalysisInput | null;
  readonly counts: Partial<Record<DeploymentState, number>>;
}

type Standing = { wave: number; state: DeploymentState; attempt: number; unhealthy: boolean };

export interface Tables {
  state: RolloutState;
  startedAt: number | null;
  pause: PauseInput | null;
  timerAt: number | null;
  offers: OffersInput;
  readonly waves: readonly RunWave[];
  /** How many devices are unavailable in each room, through this rollout and other things. */
  readonly taken: number[];
  /** @throws RangeError when there is none */
  wave(index: number): RunWave;
  lastStarted(): number;
  move(place: number, to: DeploymentState): void;
  /** The wave that a device is in: another one than planned once it was put into the late wave. */
  waveOf(place: number): number;
  /** Devices of a wave that wait for its start, in their order. */
  scheduled(wave: number): number[];
  /** Devices of a wave that have accepted nothing: scheduled, queued or offered. */
  unaccepted(wave: number): number[];
  /** Puts a device that is not there into the late wave. */
  defer(place: number, lateWave: number): void;
  /** Offers the release to a device: the number of the attempt. */
  offer(place: number): number;
  isOffered(place: number, attempt: number): boolean;
  hasOffer(place: number): boolean;
  health(place: number, to: { healthy: boolean; now: number }): void;
  timeOut(wave: number): void;
  countOffers(count: number, minuteStartedAt: number | null): void;
  failures(): { failed: number; timedOut: number };
  /** Places of devices that did not finish in time; with `open`, those too that have not ended. */
  missed(open: boolean): number[];
}

/** The rows as they are before anything happened: sizes are those of the plan, devices may move to the late wave. */
export function createTables({ fleet, waveSizes, rooms, policy }: RunInput): Tables {
  const { devices } = fleet;
  const standing: Standing[] = devices.map(({ wave }) => ({ wave, state: 'scheduled', attempt: 0, unhealthy: false }));
  const members = Map.groupBy(devices.keys(), (place) => devices[place]?.wave ?? 0);
  const waves = waveSizes.map((size, index): RunWave => {
    const times = { startedAt: null, passedAt: null, deadlineAt: null, soakStartedAt: null, lastUnhealthyAt: null };
    return {
      index,
      size,
      state: 'pending',
      ...times,
      gateForced: false,
      unhealthySucceeded: 0,
      analysis: null,
      counts: size === 0 ? {} : { scheduled: size },
    };
  });
  const wave = (index: number): RunWave => {
    const found = waves[index];
    if (found === undefined) throw new RangeError(`no wave ${index}`);
    return found;
  };
  const at = (place: number) => {
    const device = devices[place];
    const stands = standing[place];
    if (device === undefined || stands === undefined) throw new RangeError(`no device ${place}`);
    return { device, stands };
  };
  const tables: Tables = {
    state: policy.approval === undefined ? 'scheduled' : 'pending_approval',
    startedAt: null,
    pause: null,
    timerAt: null,
    offers: { offered: 0, minuteStartedAt: null, inMinute: 0 },
    waves,
    taken: rooms.map(({ taken }) => taken),
    wave,
    lastStarted: () => waves.findLast(({ startedAt }) => startedAt !== null)?.index ?? 0,
    move: (place, to) => {
      const { device, stands } = at(place);
      const { counts } = wave(stands.wave);
      counts[stands.state] = (counts[stands.state] ?? 0) - device.weight;
      counts[to] = (counts[to] ?? 0) + device.weight;
      // Who was unhealthy before takes no more room by being changed.
      const change = Number(takesRoom(to)) - Number(takesRoom(stands.state));
      if (change !== 0 && !device.unhealthy)
        for (const room of device.rooms) tables.taken[room] = (tables.taken[room] ?? 0) + change * device.weight;
      stands.state = to;
    },
    waveOf: (place) => at(place).stands.wave,
    scheduled: (index) => (members.get(index) ?? []).filter((place) => standing[place]?.state === 'scheduled'),
    unaccepted: (index) =>
      (members.get(index) ?? []).filter((place) => ['scheduled', 'queued', 'offered'].includes(at(place).stands.state)),
    defer: (place, lateWave) => {
      const { device, stands } = at(place);
      tables.move(place, 'scheduled');
      const from = wave(stands.wave).counts;
      from.scheduled = (from.scheduled ?? 0) - device.weight;
      members.set(
        stands.wave,
        (members.get(stands.wave) ?? []).filter((each) => each !== place),
      );
      members.set(lateWave, [...(members.get(lateWave) ?? []), place]);
      stands.wave = lateWave;
      const { counts } = wave(lateWave);
      counts.scheduled = (counts.scheduled ?? 0) + device.weight;
    },
    offer: (place) => {
      const { stands } = at(place);
      tables.move(place, 'offered');
      stands.attempt += 1;
      return stands.attempt;
    },
    hasOffer: (place) => standing[place]?.state === 'offered',
    isOffered: (place, attempt) => standing[place]?.state === 'offered' && standing[place]?.attempt === attempt,
    health: (place, { healthy, now }) => {
      const { device, stands } = at(place);
      if (stands.state !== 'succeeded' || stands.unhealthy === !healthy) return;
      stands.unhealthy = !healthy;
      const row = wave(stands.wave);
      row.unhealthySucceeded += healthy ? -device.weight : device.weight;
      row.lastUnhealthyAt = now;
    },
    timeOut: (index) => {
      for (const place of members.get(index) ?? []) if (!isTerminalDeploymentState(at(place).stands.state)) tables.move(place, 'timed_out');
    },
    countOffers: (count, minuteStartedAt) => {
      const isSame = tables.offers.minuteStartedAt === minuteStartedAt;
      const inMinute = minuteStartedAt === null ? 0 : (isSame ? tables.offers.inMinute : 0) + count;
      tables.offers = { offered: tables.offers.offered + count, minuteStartedAt, inMinute };
    },
    failures: () => {
      const numbers = waves.map(({ counts, unhealthySucceeded }) => gateNumbers(counts, unhealthySucceeded));
      const timedOut = numbers.reduce((sum, { failures }) => sum + failures.timed_out, 0);
      return { failed: numbers.reduce((sum, { failed }) => sum + failed, 0) - timedOut, timedOut };
    },
    missed: (open) =>
      standing.flatMap(({ state }, place) => (state === 'timed_out' || (open && !isTerminalDeploymentState(state)) ? [place] : [])),
  };
  return tables;
}

function takesRoom(state: DeploymentState): boolean {
  return state === 'offered';
}
