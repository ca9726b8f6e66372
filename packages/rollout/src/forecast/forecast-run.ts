/**
 * One run of a rollout through the real engine, in virtual time. INVARIANTS
 * - The engine decides; this carries out, with counts kept as the store keeps them.
 * - A gate that stops the rollout is a false alarm, for the release is taken to be good: it is noted, and a person resumes at once, so that the
 *   run also tells what comes after. Whatever else a forecast does not go through ends the run.
 * - The same seed gives the same run.
 * The store of the simulator looks at every device at every step, because its oracle does; this one costs the same per event in any fleet.
 */
import type { Decision } from '../decision.ts';
import { decide } from '../engine.ts';
import { decideRequest } from '../request.ts';
import { createRandom } from '../simulator/random.ts';
import { createTimeline } from '../simulator/timeline.ts';
import { countOffline, horizonMs, offer, setAside } from './run-devices.ts';
import { readInput } from './run-engine-input.ts';
import { createQueue } from './run-queue.ts';
import type { Run, RunInput, StopCause } from './run-state.ts';
import { createTables } from './run-tables.ts';

/** `stopped`: a gate was breached, or could not be judged: the false alarm of a good release. `unfinished`: later than a forecast looks. */
export type RunEnd = 'completed' | 'stopped' | 'unfinished';

export interface RunResult {
  readonly end: RunEnd;
  /** The gate that stopped it first; null: none did. */
  readonly stopped: Run['stopped'];
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
const roundsMax = 10_000;

function createRun(input: RunInput): Run {
  const tables = createTables(input);
  const run: Run = {
    input,
    offlineOf: (wave, now) => countOffline(run, wave, now),
    timeline: createTimeline(input.start),
    random: createRandom(input.seed),
    tables,
    queue: createQueue(input, tables),
    lives: [],
    late: new Set(),
    answersAt: new Map(),
    isOver: false,
    stopped: null,
    lookIsDue: false,
    hint: () => hint(run),
  };
  return run;
}
/** Runs a rollout to its end. */
export function runForecast(input: RunInput): RunResult {
  const run = createRun(input);
  look(run);
  while (!run.isOver && run.timeline.now() - input.start < horizonMs && run.timeline.step());
  const { tables } = run;
  const unfinished = !run.isOver;
  return {
    end: unfinished ? 'unfinished' : run.stopped === null ? 'completed' : 'stopped',
    stopped: run.stopped,
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
    case 'queue_wave':
      queue.fill(decision.wave, decision.count);
      return;
    case 'offer_wave':
      for (const place of queue.take(decision.wave, decision.count, { now: timeline.now(), random: run.random })) offer(run, place);
      tables.countOffers(decision.count, decision.minuteStartedAt);
      return;
    case 'set_aside':
      setAside(run, decision);
      return;
    case 'time_out_wave_deployments':
      tables.timeOut(decision.wave);
      queue.empty(decision.wave);
      return;
    case 'approve_rollout':
      tables.state = 'scheduled';
      return;
    case 'start_rollout':
      tables.state = 'running';
      tables.startedAt = decision.startedAt;
      return;
    case 'pause_rollout':
      tables.state = 'paused';
      tables.pause = { cause: decision.cause, wave: decision.causeWave, at: decision.pausedAt };
      run.stopped ??= { wave: decision.causeWave ?? tables.lastStarted(), cause: causeOf(decision) };
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
      if ('wave' in decision) changeWave(run, decision);
      else giveUp(run, decision);
  }
}

function changeWave(run: Run, decision: Extract<Decision, { wave: number }>): void {
  const wave = run.tables.wave(decision.wave);
  switch (decision.kind) {
    case 'await_gate':
      wave.state = 'awaiting_gate';
      return;
    case 'start_wave':
      Object.assign(wave, { state: 'running', startedAt: decision.startedAt, deadlineAt: decision.deadlineAt });
      return;
    case 'begin_soak':
      Object.assign(wave, { state: 'soaking', soakStartedAt: decision.soakStartedAt, deadlineAt: decision.deadlineAt });
      return;
    case 'restart_soak':
      wave.soakStartedAt = decision.soakStartedAt;
      return;
    case 'complete_wave':
      Object.assign(wave, { state: 'succeeded', passedAt: run.timeline.now() });
      return;
    case 'skip_wave':
      wave.state = 'skipped';
      return;
    case 'fail_wave':
      wave.state = 'failed';
      return;
    case 'force_gate':
      wave.gateForced = true;
      return;
    default:
      giveUp(run, decision);
  }
}

/** What a forecast does not go through: an abort, a rollback. */
function giveUp(run: Run, decision: Decision): void {
  run.isOver = true;
  run.stopped ??= { wave: run.tables.lastStarted(), cause: causeOf(decision) };
}

function resume(run: Run): void {
  const { input, timeline, tables } = run;
  const asked = decideRequest(readInput(input, run, { now: timeline.now(), approvals: 1_000, state: tables.state }), 'resume');
  if (asked.outcome === 'refused') run.isOver = true;
  else for (const decision of asked.decisions) carryOut(run, decision);
}

function causeOf({ numbers }: Decision): StopCause {
  const { failures, unhealthy, failed } = numbers;
  const others = failed - failures.timed_out - unhealthy;
  if (failures.timed_out >= Math.max(unhealthy, others)) return 'timed_out';
  return unhealthy >= others ? 'unhealthy' : 'failed';
}
