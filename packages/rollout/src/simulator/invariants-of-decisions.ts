/** Invariants of a step: what the engine decided, judged by the oracle on the state it was decided from. */
import type { Decision, EngineStep } from '../decision.ts';
import type { EngineInput } from '../engine-input.ts';
import { measurementDueAt } from './invariants-of-analysis.ts';
import { offersDueAt } from './invariants-of-offers.ts';
import type { Finding } from './invariants-of-state.ts';
import { lastSeenAt } from './offline.ts';
import { rulesOf, tally, verdict } from './oracle.ts';
import { analysisOutcome } from './oracle-of-analysis.ts';
import type { ReportObservation, World } from './world.ts';

export type StepCheck = (world: World, input: EngineInput, step: EngineStep) => Finding;
export type ReportCheck = (observation: ReportObservation) => Finding;

function thresholdOf(world: World, wave: number) {
  return rulesOf(world, wave)?.threshold ?? { successPercent: 100, errorPercent: 0, minimumSample: 1 };
}

function verdictOf(world: World, wave: number): 'passed' | 'breached' | 'open' {
  return verdict(tally(world, wave), thresholdOf(world, wave));
}

const isForced = (world: World, wave: number): boolean => world.store.waves[wave]?.gateForced === true;

function firstFinding<T>(items: readonly T[], check: (item: T) => Finding): Finding {
  for (const item of items) {
    const finding = check(item);
    if (finding !== null) return finding;
  }
  return null;
}

/** 7: a wave succeeds only when its threshold is certainly met (or a person forced it). 27, 28: by exact numbers, over the sample. */
export function invariant07OnlyMetThresholdsAdvance(world: World, _: EngineInput, { decisions }: EngineStep): Finding {
  return firstFinding(decisions, (decision) => {
    if (decision.kind !== 'complete_wave' && decision.kind !== 'begin_soak' && decision.kind !== 'begin_analysis') return null;
    const { unoffered } = tally(world, decision.wave);
    if (unoffered > 0) return `${decision.kind} of wave ${decision.wave} leaves ${unoffered} devices behind`;
    const found = verdictOf(world, decision.wave);
    return found === 'passed' || isForced(world, decision.wave) ? null : `${decision.kind} of wave ${decision.wave}, which is ${found}`;
  });
}

/** 6, 35: a wave with a soak succeeds, or is analyzed, only after a whole soak in which no device of it was unhealthy, except at the soak's limit. */
export function invariant06SoakIsContinuous(world: World, input: EngineInput, { decisions }: EngineStep): Finding {
  return firstFinding(decisions, (decision) => {
    if (decision.kind !== 'complete_wave' && decision.kind !== 'begin_analysis') return null;
    // What is analyzed had its soak before.
    if (isForced(world, decision.wave) || world.store.waves[decision.wave]?.state === 'analyzing') return null;
    const soakMs = rulesOf(world, decision.wave)?.soakMs ?? 0;
    const wave = world.store.waves[decision.wave];
    if (soakMs === 0 || wave === undefined) return null;
    const began = world.store.transitions.find((change) => change.wave === decision.wave && change.to === 'soaking')?.decidedAt;
    if (began === undefined || input.now - began < soakMs) return `wave ${decision.wave} succeeded before its soak was over`;
    if (input.now >= (wave.startedAt ?? 0) + world.scenario.policy.deploymentDeadlineMs + soakMs) return null;
    const from = input.now - soakMs;
    const broken = world.unhealthySpans.some(
      (span) => span.wave === decision.wave && span.from < input.now && (span.to ?? input.now) > from,
    );
    return broken ? `wave ${decision.wave} succeeded though a device was unhealthy during its soak` : null;
  });
}

/** 9: a decision keeps the policy version, the time, and the very numbers. */
export function invariant09DecisionsKeepTheirNumbers(world: World, input: EngineInput, { decisions }: EngineStep): Finding {
  return firstFinding(decisions, (decision) => {
    if (decision.policyVersion !== world.scenario.policyVersion || decision.decidedAt !== input.now)
      return `${decision.kind}: wrong version`;
    const wave = 'wave' in decision ? decision.wave : 'causeWave' in decision ? decision.causeWave : null;
    if (decision.kind === 'begin_abort') return decision.why.sentence === '' ? 'no sentence' : null;
    const { members, eligible, succeeded, failed, open, unoffered, failures } = decision.numbers;
    const numbers = JSON.stringify({ members, eligible, succeeded, failed, open, unoffered, failures });
    const recount = JSON.stringify(tally(world, wave));
    return numbers === recount ? null : `${decision.kind}: numbers ${numbers}, recounted ${recount}`;
  });
}

/** 12, 35: nothing starts over a breach: neither in the wave itself nor after a wave that has regressed. */
export function invariant12NothingStartsOverABreach(world: World, _: EngineInput, { decisions }: EngineStep): Finding {
  const breached = (wave: number): boolean => !isForced(world, wave) && verdictOf(world, wave) === 'breached';
  return firstFinding(decisions, (decision) => {
    if (decision.kind !== 'start_wave' && decision.kind !== 'queue_wave' && decision.kind !== 'offer_wave') return null;
    const judged = world.store.waves.filter(({ index }) =>
      decision.kind === 'start_wave' ? index < decision.wave : index === decision.wave,
    );
    const bad = judged.find(({ index }) => breached(index));
    return bad === undefined ? null : `${decision.kind} of wave ${decision.wave} over the breach of wave ${bad.index}`;
  });
}

/** 12: a breach of the wave at work is answered in the same step, by the action of the policy. */
export function invariant12BreachesAct(world: World, _: EngineInput, { decisions }: EngineStep): Finding {
  if (world.store.rollout.state !== 'running' || decisions.some(({ kind }) => kind === 'time_out_wave_deployments')) return null;
  const wave = world.store.waves.find(({ state }) => ['running', 'soaking', 'analyzing'].includes(state));
  if (wave === undefined || wave.gateForced || verdictOf(world, wave.index) !== 'breached') return null;
  const { onBreach } = world.scenario.policy;
  const rollBack = onBreach === 'roll_back' && world.scenario.purpose === 'update';
  const acts = decisions.some((decision) =>
    onBreach === 'pause' ? decision.kind === 'pause_rollout' : decision.kind === 'begin_abort' && decision.rollBack === rollBack,
  );
  return acts ? null : `wave ${wave.index} is in breach and ${onBreach} did not follow`;
}

/** Nobody waits for a device that is long gone: not the wave in turn, and where time alone makes one so, the engine wakes up for it. */
export function invariantTheAbsentAreNotWaitedFor({ store, scenario, start }: World, input: EngineInput, step: EngineStep): Finding {
  const { offline, waves } = scenario.policy;
  if (offline === undefined || offline.action === 'wait' || step.decisions.length > 0 || store.rollout.state !== 'running') return null;
  const wave = store.waves.find(({ state }) => ['pending', 'awaiting_gate', 'running', 'soaking'].includes(state));
  if (wave?.state !== 'running' || wave.gateForced || (wave.index === waves.length && offline.action === 'late_wave')) return null;
  for (const { deviceId, state, wave: index } of store.deployments.values()) {
    const device = scenario.devices.find(({ id }) => id === deviceId);
    if (index !== wave.index || device === undefined || !['scheduled', 'queued', 'offered'].includes(state)) continue;
    const goneAt = lastSeenAt(device, { start, now: input.now }) + offline.afterMs;
    if (goneAt <= input.now) return `wave ${index} waits for ${deviceId}, which is not there`;
    if (step.nextTimerAt === null || step.nextTimerAt > goneAt) return `nobody looks when ${deviceId} is gone for too long`;
  }
  return null;
}

/** 27, 28: a breach is called only when it is one: over the minimum sample, by exact numbers, with no way back. */
export function invariant28BreachesAreCertain(world: World, _: EngineInput, { decisions }: EngineStep): Finding {
  return firstFinding(decisions, (decision: Decision) => {
    const wave = decision.kind === 'fail_wave' ? decision.wave : decision.kind === 'pause_rollout' ? decision.causeWave : null;
    if (wave === null || isForced(world, wave)) return null;
    const inconclusive = decision.kind === 'pause_rollout' && decision.cause === 'inconclusive';
    const found = verdictOf(world, wave);
    if (world.store.waves[wave]?.state === 'analyzing' && analysisOutcome(world, wave) === (inconclusive ? 'inconclusive' : 'failed'))
      return null;
    if (inconclusive) return found === 'open' && tally(world, wave).open === 0 ? null : `wave ${wave} called inconclusive, is ${found}`;
    return found === 'breached' ? null : `${decision.kind} for wave ${wave}, which is ${found}`;
  });
}

/** 14: the rollback of a rollback is never begun by itself, nor a rollback that the policy does not ask for. */
export function invariant14RollbacksAreAskedFor(world: World, _: EngineInput, { decisions }: EngineStep): Finding {
  const asked = world.scenario.policy.onBreach === 'roll_back' && world.scenario.purpose === 'update';
  return decisions.some((decision) => decision.kind === 'begin_abort' && decision.rollBack && !asked) ? 'an unasked rollback began' : null;
}

/** 22: a rollout that has not ended has a step or a named blocker, which says what to do. */
export function invariant22AlwaysAStepOrABlocker(world: World, _: EngineInput, step: EngineStep): Finding {
  const ended = ['succeeded', 'completed_with_failures', 'failed', 'aborted', 'superseded', 'rejected'].includes(world.store.rollout.state);
  if (ended) return step.decisions.length === 0 ? null : 'an ended rollout still decides';
  if (step.decisions.length > 0) return null;
  return step.blockers.some(({ sentence, unblock }) => sentence !== '' && unblock !== '') ? null : 'no step and no blocker';
}

/** 23: every time that is waited for has a timer, which is neither past nor late. */
export function invariant23TimeGatesOwnATimer(world: World, input: EngineInput, step: EngineStep): Finding {
  if (step.decisions.length > 0) return null;
  const { store } = world;
  const due: number[] = [];
  const { startAt } = store.rollout;
  // Whoever lifts a hold wakes what waits for it: only a start that is still to come is waited for.
  const isHeld = input.now < world.start + (world.scenario.heldForMs ?? 0);
  if (store.rollout.state === 'scheduled' && startAt !== null && !(isHeld && startAt <= input.now)) due.push(startAt);
  if (store.rollout.state === 'running' || store.rollout.state === 'aborting') {
    for (const wave of store.waves) {
      if (wave.deadlineAt !== null && tally(world, wave.index).open > 0) due.push(wave.deadlineAt);
      const measuredAt = store.rollout.state === 'running' ? measurementDueAt(world, wave.index) : null;
      if (measuredAt !== null && verdictOf(world, wave.index) !== 'breached') due.push(measuredAt);
      const soakMs = rulesOf(world, wave.index)?.soakMs ?? 0;
      const soaks = wave.state === 'soaking' && !wave.gateForced && store.rollout.state === 'running';
      const soakedAt = wave.soakStartedAt === null ? (wave.deadlineAt ?? 0) + soakMs : wave.soakStartedAt + soakMs;
      // A device that left, or that tries again, can make the outcome of those still open matter again: then they are waited for.
      const isJudged = verdictOf(world, wave.index) !== 'open' && tally(world, wave.index).unoffered === 0;
      if (soaks && (soakedAt > input.now || isJudged)) due.push(soakedAt);
    }
  }
  const inTurn = store.waves.find(({ state }) => ['pending', 'awaiting_gate', 'running'].includes(state));
  const offersAt = inTurn === undefined || store.rollout.state !== 'running' ? null : offersDueAt(world, inTurn.index, input.now);
  if (
    offersAt !== null &&
    store.waves.every(({ index, state }) => index >= (inTurn?.index ?? 0) || (state !== 'soaking' && state !== 'analyzing'))
  )
    due.push(offersAt);
  if (due.length === 0) return null;
  const first = Math.min(...due);
  const { nextTimerAt } = step;
  if (nextTimerAt === null) return `nobody wakes up at ${first}`;
  return nextTimerAt > first || nextTimerAt <= input.now ? `the timer is set to ${nextTimerAt}, due at ${first}, now ${input.now}` : null;
}

/** 16: a report of another attempt is refused and answered with the current state. */
export function invariant16OtherAttemptsAreRefused({ report, before, after, outcome }: ReportObservation): Finding {
  if (report.attempt === before.attempt) return null;
  const answered = outcome.outcome === 'refused' && outcome.current.state === before.state && outcome.current.attempt === before.attempt;
  return answered && after.state === before.state ? null : `a report of attempt ${report.attempt} was ${outcome.outcome}`;
}

/** 17: duplicates and refusals change no count. */
export function invariant17DuplicatesChangeNothing({ report, before, outcome, countsBefore, countsAfter }: ReportObservation): Finding {
  const unchanged = JSON.stringify(countsBefore) === JSON.stringify(countsAfter);
  const counts = outcome.outcome === 'accepted' || outcome.outcome === 'retried';
  if (report.state === before.state && counts) return `a second ${report.state} was accepted`;
  return unchanged !== counts ? null : `a report that was ${outcome.outcome} ${unchanged ? 'changed nothing' : 'counted'}`;
}

/** 15: reports never reopen a deployment, start one that was not offered, or take it back. */
export function invariant15ReportsOnlyGoForward({ before, after, outcome }: ReportObservation): Finding {
  if (outcome.outcome === 'retried')
    return before.attempt === after.attempt && after.state === 'queued' ? null : 'a retry skipped an attempt';
  if (outcome.outcome !== 'accepted') return null;
  const order = ['offered', 'accepted', 'downloading', 'staged', 'awaiting_window', 'awaiting_consent', 'applying', 'verifying'];
  const [from, to] = [order.indexOf(before.state), order.indexOf(after.state)];
  return from === -1 || (to !== -1 && to <= from) ? `a report took a deployment from ${before.state} to ${after.state}` : null;
}
