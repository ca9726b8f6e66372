/**
 * One run of a rollout through the real engine, in virtual time. INVARIANTS
 * - The engine decides; this carries out, with counts kept as the store keeps them.
 * - A gate that stops the rollout is a false alarm, for the release is taken to be good: it is noted, and a person resumes at once, so that the
 *   run also tells what comes after. Whatever else a forecast does not go through ends the run.
 * - The same seed gives the same run.
 * The store of the simulator looks at every device at every step, because its oracle does; this one costs the same per event in any fleet.
 */
import type { DeploymentState, RolloutPolicy } from '@sluice/contracts';
import type { Blocker, Decision } from '../decision.ts';
import { decide } from '../engine.ts';
import type { EngineInput, FreezeInput } from '../engine-input.ts';
import { decideRequest } from '../request.ts';
import { retryAt } from '../retry.ts';
import { createRandom, type Random } from '../simulator/random.ts';
import { createTimeline, type Timeline } from '../simulator/timeline.ts';
import { createLife, type DeviceLife, waitFor } from './device-life.ts';
import type { DeviceModel, FleetModel } from './fleet-model.ts';
import type { FreezeRecord, RoomRecord } from './records.ts';
import { createQueue, type Queue } from './run-queue.ts';
import { createTables, type Tables } from './run-tables.ts';
import type { WindowClock } from './window-clock.ts';

export interface RunInput {
  readonly seed: number;
  readonly start: number;
  readonly policy: RolloutPolicy;
  readonly startAt: number | null;
  readonly waveSizes: readonly number[];
  readonly fleet: FleetModel;
  readonly rooms: readonly RoomRecord[];
  readonly freezes: readonly FreezeRecord[];
  /** Freezes without an end. */
  readonly openFreezes: 'hold' | 'lifted';
  readonly windows: readonly WindowClock[] | null;
  /** How soon after a report the engine looks: reports within that time are judged together. */
  readonly lookMs: number;
}

/** `stopped`: a gate was breached, or could not be judged: the false alarm of a good release. `unfinished`: later than a forecast looks. */
export type RunEnd = 'completed' | 'stopped' | 'unfinished';

export interface RunResult {
  readonly end: RunEnd;
  /** The wave whose gate stopped it first; null: none did. */
  readonly stoppedBy: number | null;
  readonly durationMs: number;
  /** By wave, since the start: when it began and when it passed; null: it did not. */
  readonly waves: readonly { readonly startedMs: number | null; readonly passedMs: number | null }[];
  /** Devices that failed or became unhealthy, and that did not finish in time. */
  readonly failed: number;
  readonly timedOut: number;
  /** Places of devices that were not reached within an hour of the offer, and that did not finish in time. */
  readonly late: readonly number[];
  readonly missed: readonly number[];
}

const horizonMs = 120 * 86_400_000;
const lateMs = 3_600_000;
/** How long a device that fell ill by itself stays so. */
const illnessMs = 5 * 60_000;
const roundsMax = 10_000;

interface Run {
  readonly input: RunInput;
  readonly timeline: Timeline;
  readonly random: Random;
  readonly tables: Tables;
  readonly queue: Queue;
  readonly lives: (DeviceLife | undefined)[];
  readonly late: Set<number>;
  isOver: boolean;
  stoppedBy: number | null;
  lookIsDue: boolean;
}

function createRun(input: RunInput): Run {
  const tables = createTables(input);
  return {
    input,
    timeline: createTimeline(input.start),
    random: createRandom(input.seed),
    tables,
    queue: createQueue(input, tables),
    lives: [],
    late: new Set(),
    isOver: false,
    stoppedBy: null,
    lookIsDue: false,
  };
}

/** Runs a rollout to its end. */
export function runForecast(input: RunInput): RunResult {
  const run = createRun(input);
  look(run);
  while (!run.isOver && run.timeline.now() - input.start < horizonMs && run.timeline.step());
  const { tables } = run;
  const unfinished = !run.isOver;
  return {
    end: unfinished ? 'unfinished' : run.stoppedBy === null ? 'completed' : 'stopped',
    stoppedBy: run.stoppedBy,
    durationMs: run.timeline.now() - input.start,
    waves: tables.waves.map(({ startedAt, passedAt }) => ({
      startedMs: startedAt === null ? null : startedAt - input.start,
      passedMs: passedAt === null ? null : passedAt - input.start,
    })),
    ...tables.failures(),
    late: [...run.late],
    missed: tables.missed(unfinished),
  };
}

/** What the engine would name as holding the rollout back now, with nothing approved. */
export function blockersNow(input: RunInput): readonly Blocker[] {
  const { tables, queue } = createRun(input);
  const now = input.start;
  const found = new Map<string, Blocker>();
  const ask = (state: EngineInput['rollout']['state']): readonly Decision[] => {
    const step = decide(readInput(input, { tables, queue }, { now, approvals: 0, state }));
    for (const each of step.blockers) found.set(each.code + each.sentence, each);
    return step.decisions;
  };
  if (input.policy.approval !== undefined) ask('pending_approval');
  ask('scheduled');
  const first = tables.waves.find(({ size }) => size > 0);
  if (first === undefined) return [...found.values()];
  ask('running');
  if (first.state === 'pending' && input.policy.waves[first.index]?.approval !== undefined) {
    first.state = 'awaiting_gate';
    ask('running');
  }
  Object.assign(first, { state: 'running', startedAt: now, deadlineAt: now + input.policy.deploymentDeadlineMs });
  queue.fill(first.index, first.size);
  // What may be offered at once is not held back; the engine says what is with the others.
  for (const decision of ask('running')) {
    if (decision.kind !== 'offer_wave') continue;
    for (const place of queue.take(first.index, decision.count, { now, random: createRandom(input.seed) })) tables.offer(place);
    tables.countOffers(decision.count, decision.minuteStartedAt);
  }
  ask('running');
  return [...found.values()].filter(({ code }) => code !== 'waiting_for_devices');
}

function readInput(
  input: RunInput,
  { tables, queue }: { tables: Tables; queue: Queue },
  { now, approvals, state }: { now: number; approvals: number; state: EngineInput['rollout']['state'] },
): EngineInput {
  const active = tables.waves.find(({ state: each }) => each === 'pending' || each === 'awaiting_gate' || each === 'running');
  return {
    policy: { ...input.policy, onBreach: 'pause' },
    policyVersion: 1,
    rollout: {
      state,
      purpose: 'update',
      startAt: input.startAt,
      startedAt: tables.startedAt,
      pause: tables.pause,
      abort: null,
      handedToRollback: 0,
      approvals,
      freeze: freezeAt(input.freezes, now, input.openFreezes),
      offers: tables.offers,
    },
    waves: tables.waves.map((wave) => ({
      index: wave.index,
      state: wave.state,
      startedAt: wave.startedAt,
      deadlineAt: wave.deadlineAt,
      soakStartedAt: wave.soakStartedAt,
      gateForced: wave.gateForced,
      counts: wave.counts,
      unhealthySucceeded: wave.unhealthySucceeded,
      lastUnhealthyAt: wave.unhealthySucceeded > 0 ? now : wave.lastUnhealthyAt,
      approvals,
      offerable:
        wave === active
          ? { queue: wave.counts.scheduled ?? 0, now: queue.offerable(wave.index, now), waits: queue.waits(wave.index, now) }
          : { queue: wave.counts.scheduled ?? 0, now: wave.counts.queued ?? 0, waits: [] },
    })),
    now,
  };
}

/** Of several freezes the one that ends last. In runs one without an end is taken to be lifted at once: nobody can know when. */
function freezeAt(freezes: readonly FreezeRecord[], now: number, open: 'hold' | 'lifted'): FreezeInput | null {
  const ends = ({ to }: FreezeRecord): number => to ?? Number.POSITIVE_INFINITY;
  const holding = freezes.filter((freeze) => freeze.from <= now && now < ends(freeze) && (freeze.to !== null || open === 'hold'));
  const last = holding.reduce<FreezeRecord | null>((held, freeze) => (held === null || ends(freeze) > ends(held) ? freeze : held), null);
  return last === null ? null : { name: last.name, until: last.to };
}

/** The engine looks, and what it decides is done, until it has nothing more to decide. */
function look(run: Run): void {
  const { input, timeline, tables } = run;
  for (let round = 0; round < roundsMax && !run.isOver; round += 1) {
    // Approvals are given at once: people are not part of a forecast.
    const step = decide(readInput(input, run, { now: timeline.now(), approvals: 1_000, state: tables.state }));
    for (const decision of step.decisions) if (!run.isOver) carryOut(run, decision);
    if (step.decisions.length > 0) continue;
    if (step.nextTimerAt !== null) wakeAt(run, step.nextTimerAt);
    return;
  }
}

function wakeAt(run: Run, at: number): void {
  const { tables, timeline } = run;
  if (tables.timerAt !== null && tables.timerAt > timeline.now() && tables.timerAt <= at) return;
  tables.timerAt = at;
  timeline.after(at - timeline.now(), () => look(run));
}

function hint(run: Run): void {
  if (run.lookIsDue || run.isOver) return;
  run.lookIsDue = true;
  run.timeline.after(run.input.lookMs, () => {
    run.lookIsDue = false;
    if (!run.isOver) look(run);
  });
}

function carryOut(run: Run, decision: Decision): void {
  const { tables, queue, timeline } = run;
  switch (decision.kind) {
    case 'approve_rollout':
      tables.state = 'scheduled';
      return;
    case 'start_rollout':
      tables.state = 'running';
      tables.startedAt = decision.startedAt;
      return;
    case 'await_gate':
      tables.wave(decision.wave).state = 'awaiting_gate';
      return;
    case 'start_wave':
      Object.assign(tables.wave(decision.wave), { state: 'running', startedAt: decision.startedAt, deadlineAt: decision.deadlineAt });
      return;
    case 'queue_wave':
      queue.fill(decision.wave, decision.count);
      return;
    case 'offer_wave':
      for (const place of queue.take(decision.wave, decision.count, { now: timeline.now(), random: run.random })) offer(run, place);
      tables.countOffers(decision.count, decision.minuteStartedAt);
      return;
    case 'time_out_wave_deployments':
      tables.timeOut(decision.wave);
      queue.empty(decision.wave);
      return;
    case 'begin_soak':
      Object.assign(tables.wave(decision.wave), {
        state: 'soaking',
        soakStartedAt: decision.soakStartedAt,
        deadlineAt: decision.deadlineAt,
      });
      return;
    case 'restart_soak':
      tables.wave(decision.wave).soakStartedAt = decision.soakStartedAt;
      return;
    case 'complete_wave':
      Object.assign(tables.wave(decision.wave), { state: 'succeeded', passedAt: timeline.now() });
      return;
    case 'skip_wave':
      tables.wave(decision.wave).state = 'skipped';
      return;
    case 'fail_wave':
      tables.wave(decision.wave).state = 'failed';
      return;
    case 'force_gate':
      tables.wave(decision.wave).gateForced = true;
      return;
    case 'pause_rollout':
      tables.state = 'paused';
      tables.pause = { cause: decision.cause, wave: decision.causeWave, at: decision.pausedAt };
      run.stoppedBy ??= decision.causeWave ?? tables.lastStarted();
      resume(run);
      return;
    case 'resume_rollout':
      tables.state = 'running';
      tables.pause = null;
      return;
    case 'finish_rollout':
      run.isOver = true;
      return;
    default:
      run.isOver = true;
      run.stoppedBy ??= tables.lastStarted();
  }
}

function resume(run: Run): void {
  const { input, timeline, tables } = run;
  const asked = decideRequest(readInput(input, run, { now: timeline.now(), approvals: 1_000, state: tables.state }), 'resume');
  if (asked.outcome === 'refused') run.isOver = true;
  else for (const decision of asked.decisions) carryOut(run, decision);
}

function offer(run: Run, place: number): void {
  const { input, timeline, tables, random } = run;
  const device = input.fleet.devices[place];
  if (device === undefined) return;
  const clock = input.windows?.[device.clock] ?? null;
  const life = run.lives[place] ?? createLife(device, { start: input.start, random, windows: clock });
  run.lives[place] = life;
  const attempt = tables.offer(place);
  const now = timeline.now();
  const { answeredAt, endsAt, state } = life.attempt(now);
  if (answeredAt - now > lateMs) run.late.add(place);
  if (!Number.isFinite(endsAt)) return;
  timeline.after(endsAt - now, () => finish(run, { place, device, attempt, state }));
}

type End = { place: number; device: DeviceModel; attempt: number; state: DeploymentState & ReturnType<DeviceLife['attempt']>['state'] };

function finish(run: Run, { place, device, attempt, state }: End): void {
  const { input, timeline, tables, queue } = run;
  if (!tables.isOffered(place, attempt)) return;
  const now = timeline.now();
  const mayRetry = tables.wave(device.wave).state === 'running';
  const again = mayRetry ? retryAt(input.policy.retries, state, attempt, now) : null;
  if (again !== null) {
    tables.move(place, 'queued');
    queue.retry(place, again);
  } else {
    tables.move(place, state);
    if (state === 'succeeded') livesOn(run, place, device);
  }
  hint(run);
}

/** After its success a device may be unhealthy, as it was before, or fall ill as devices do. */
function livesOn(run: Run, place: number, device: DeviceModel): void {
  const { timeline, tables, random, input } = run;
  if (device.unhealthy) {
    tables.health(place, { healthy: false, now: timeline.now() });
    return;
  }
  const after = waitFor(random, input.fleet.illnessRate);
  if (after > horizonMs) return;
  timeline.after(after, () => {
    tables.health(place, { healthy: false, now: timeline.now() });
    hint(run);
  });
  timeline.after(after + illnessMs, () => {
    tables.health(place, { healthy: true, now: timeline.now() });
    hint(run);
  });
}
