/**
 * How a running rollout goes through its waves, strictly one after the other.
 * A wave is behind us when it succeeded, was skipped, or failed and a person forced its gates.
 */
import type { WavePolicy } from '@sluice/contracts';
import { beginAnalysis, decideAnalysis, judgeStored } from './analyzing.ts';
import { assertNever } from './assert-never.ts';
import { blocker } from './blockers.ts';
import type { Blocker, Decision, EngineStep, ReasonCode } from './decision.ts';
import { type Cause, decision, rolloutNumbers, waveNumbers } from './decision-builder.ts';
import type { EngineInput, PauseCause, WaveInput } from './engine-input.ts';
import { type GateJudgement, judgeGate } from './gate.ts';
import { lateWaveOf, wavePolicyOf } from './late-wave.ts';
import { decideOffers } from './offers.ts';
import { offlineBlocker, offlineDecisions, untilOffline } from './offline.ts';
import { devices, waveName } from './sentences.ts';
import { judgeSoak } from './soak.ts';
import { startGate } from './start-gate.ts';
import { deadlineDecisions, earliest, nextDeadline } from './timers.ts';

/** Rules of a wave that has none: strict, no soak. Only an input whose waves do not match its policy gets here. */
const strictest: WavePolicy = {
  size: { kind: 'rest' },
  threshold: { successPercent: 100, errorPercent: 0, minimumSample: 1 },
  soakMs: 0,
};

function wavePolicy(input: EngineInput, wave: WaveInput): WavePolicy {
  return wavePolicyOf(input.policy, wave.index) ?? strictest;
}

/** Whether the next wave may have its turn. */
export function isBehind(wave: WaveInput): boolean {
  return wave.state === 'succeeded' || wave.state === 'skipped' || (wave.state === 'failed' && wave.gateForced);
}

/** Why a wave is stopped. */
type Why = Omit<Cause, 'wave' | 'rollout'>;

const stepOf = (decisions: readonly Decision[]): EngineStep => ({ decisions, blockers: [], nextTimerAt: null });
const waitFor = (blockers: readonly Blocker[], nextTimerAt: number | null): EngineStep => ({ decisions: [], blockers, nextTimerAt });

/** One step of a running rollout. */
export function decideRunning(input: EngineInput): EngineStep {
  const late = deadlineDecisions(input);
  if (late.length > 0) return stepOf(late);
  const wave = input.waves.find((candidate) => !isBehind(candidate));
  if (wave === undefined) return finishOrWait(input);
  switch (wave.state) {
    case 'pending':
    case 'awaiting_gate':
      return decideStart(input, wave);
    case 'running':
      return untilOffline(decideRunningWave(input, wave), wave);
    case 'soaking':
      return decideSoakingWave(input, wave);
    case 'analyzing':
      return decideAnalyzingWave(input, wave);
    case 'failed':
    case 'aborted':
      return stepOf(breachDecisions(input, wave, { code: 'wave_failed' }));
    case 'succeeded':
    case 'skipped':
      return finishOrWait(input);
    default:
      return assertNever(wave.state);
  }
}

/**
 * One step of a paused rollout. A pause starts nothing and lets no deadline pass, but evidence still counts:
 * soak time runs, and a breach whose action is to abort or to roll back still acts.
 */
export function decidePaused(input: EngineInput, blockers: readonly Blocker[]): EngineStep {
  const wave = input.waves.find((candidate) => !isBehind(candidate));
  if (wave === undefined || wave.gateForced) return waitFor(blockers, null);
  if (wave.state !== 'running' && wave.state !== 'soaking' && wave.state !== 'analyzing') return waitFor(blockers, null);
  const policy = wavePolicy(input, wave);
  const gate = judgeGate(waveNumbers(wave), policy.threshold);
  const why = breachOf(input, wave, gate);
  if (why !== null) {
    const known = input.policy.onBreach === 'pause' && input.rollout.pause?.cause === 'breach';
    return known ? waitFor(blockers, null) : stepOf(breachDecisions(input, wave, why));
  }
  if (wave.state === 'analyzing') return waitFor(blockers, null);
  if (wave.state === 'running') {
    return gate.verdict === 'pass' && policy.soakMs > 0 ? stepOf([beginSoak(input, wave)]) : waitFor(blockers, null);
  }
  const soak = judgeSoak(wave, policy.soakMs, input.now);
  return soak.kind === 'restart' ? stepOf([restartSoak(input, wave, soak.soakStartedAt)]) : waitFor(blockers, null);
}

/** One step of a wave whose turn has come. */
export function decideStart(input: EngineInput, wave: WaveInput): EngineStep {
  const empty = emptyWavesFrom(input, wave);
  if (empty.length > 0) {
    return stepOf(
      empty.map((each) => decision(input, { kind: 'skip_wave', wave: each.index }, { code: 'no_eligible_device', wave: each })),
    );
  }
  const regressed = input.waves.find(
    (earlier) =>
      earlier.index < wave.index &&
      earlier.state === 'succeeded' &&
      !earlier.gateForced &&
      judgeGate(waveNumbers(earlier), wavePolicy(input, earlier).threshold).verdict === 'breach',
  );
  if (regressed !== undefined) return stepOf([pauseDecision(input, regressed, 'regress', { code: 'passed_wave_regressed' })]);
  const held = startGate(input, wave);
  if (held !== null) return held;
  const aside = offlineDecisions(input, wave);
  if (aside.length > 0) return stepOf(aside);
  const isFirst = input.waves.every((other) => other.index >= wave.index || other.state === 'skipped');
  const deadlineAt = input.now + input.policy.deploymentDeadlineMs;
  const code = wave.state === 'awaiting_gate' ? 'approved' : isFirst ? 'first_wave' : 'previous_wave_passed';
  const start = decision(input, { kind: 'start_wave', wave: wave.index, startedAt: input.now, deadlineAt }, { code, wave });
  return stepOf([start, ...decideOffers(input, wave).decisions]);
}

/**
 * The empty waves from this one up to the next that has a device: they are skipped in one step, so that steps do not grow with waves. Whether a
 * wave that takes in who has joined is empty is known when it is its turn.
 */
function emptyWavesFrom(input: EngineInput, wave: WaveInput): readonly WaveInput[] {
  const ahead = input.waves.filter(({ index, state }) => index >= wave.index && (state === 'pending' || state === 'awaiting_gate'));
  const takesIn = input.policy.membership === 'continuous' ? lateWaveOf(input.policy) : null;
  const next = ahead.findIndex((each) => waveNumbers(each).eligible > 0 || (each !== wave && each.index === takesIn));
  return next === -1 ? ahead : ahead.slice(0, next);
}

function decideRunningWave(input: EngineInput, wave: WaveInput): EngineStep {
  const policy = wavePolicy(input, wave);
  const numbers = waveNumbers(wave);
  const gate = judgeGate(numbers, policy.threshold);
  if (gate.verdict === 'empty')
    return stepOf([decision(input, { kind: 'skip_wave', wave: wave.index }, { code: 'no_eligible_device', wave })]);
  if (!wave.gateForced && gate.verdict === 'breach') return stepOf(breachDecisions(input, wave, { code: codeOf(gate) }));
  if (!wave.gateForced && gate.verdict === 'inconclusive')
    return stepOf([pauseDecision(input, wave, 'inconclusive', { code: 'sample_too_small' })]);
  const aside = offlineDecisions(input, wave);
  if (aside.length > 0) return stepOf(aside);
  const offers = decideOffers(input, wave);
  if (offers.decisions.length > 0) return stepOf(offers.decisions);
  if (wave.gateForced) return decideForcedWave(input, wave, gate);
  if (offers.blockers.length > 0) return waitFor(offers.blockers, earliest([offers.nextAt, nextDeadline(input)]));
  if (gate.verdict === 'pass') return stepOf([policy.soakMs > 0 ? beginSoak(input, wave) : passGates(input, wave, 'threshold_met')]);
  return waitForDevices(input, wave);
}

function decideSoakingWave(input: EngineInput, wave: WaveInput): EngineStep {
  const policy = wavePolicy(input, wave);
  const gate = judgeGate(waveNumbers(wave), policy.threshold);
  if (wave.gateForced) return decideForcedWave(input, wave, gate);
  if (gate.verdict === 'breach') return stepOf(breachDecisions(input, wave, { code: codeOf(gate) }));
  const soak = judgeSoak(wave, policy.soakMs, input.now);
  if (soak.kind === 'restart') return stepOf([restartSoak(input, wave, soak.soakStartedAt)]);
  if (gate.verdict === 'pass' && soak.kind === 'completed') return stepOf([passGates(input, wave, 'soak_completed')]);
  if (gate.verdict === 'pass' && soak.kind === 'limit_reached') return stepOf([passGates(input, wave, 'soak_limit_reached')]);
  // A device that left can make the outcome of those still open matter again.
  if (soak.kind !== 'waiting') return waitForDevices(input, wave);
  const name = waveName(wave.index);
  const blockers =
    wave.unhealthySucceeded > 0
      ? blocker(
          'soak_interrupted',
          `${name} waits: ${devices(wave.unhealthySucceeded)} became unhealthy after the update.`,
          'The devices become healthy again, or the time limit of the soak is reached.',
          { wave: wave.index, until: soak.wakeAt, numbers: { unhealthy: wave.unhealthySucceeded } },
        )
      : blocker('soaking', `${name} met its threshold and must stay healthy for a while.`, 'The soak time passes.', {
          wave: wave.index,
          until: soak.wakeAt,
        });
  return waitFor([blockers], earliest([soak.wakeAt, nextDeadline(input)]));
}

/** One step of a wave whose soak is over, while it is measured. The threshold is still watched: a regress is a breach as before. */
function decideAnalyzingWave(input: EngineInput, wave: WaveInput): EngineStep {
  const gate = judgeGate(waveNumbers(wave), wavePolicy(input, wave).threshold);
  if (wave.gateForced) return decideForcedWave(input, wave, gate);
  if (gate.verdict === 'breach') return stepOf(breachDecisions(input, wave, { code: codeOf(gate) }));
  const step = decideAnalysis(input, wave);
  switch (step.kind) {
    case 'failed':
      return stepOf(breachDecisions(input, wave, { ...step, code: 'analysis_failed' }));
    case 'inconclusive':
      return stepOf([pauseDecision(input, wave, 'inconclusive', { ...step, code: 'analysis_inconclusive' })]);
    case 'measure':
      return stepOf([step.decision]);
    case 'wait':
      return waitFor([step.blocker], earliest([step.wakeAt, nextDeadline(input)]));
    case 'passed':
      return gate.verdict === 'pass' ? stepOf([completeWave(input, wave, 'analysis_passed')]) : waitForDevices(input, wave);
    default:
      return assertNever(step);
  }
}

/** Why a wave is in breach by what is known of it; null: it is not. */
function breachOf(input: EngineInput, wave: WaveInput, gate: GateJudgement): Why | null {
  if (gate.verdict === 'breach') return { code: codeOf(gate) };
  const analysis = wave.state === 'analyzing' ? judgeStored(input, wave) : null;
  return analysis?.kind === 'failed' ? { ...analysis, code: 'analysis_failed' } : null;
}

/**
 * A forced wave is judged no more: it is over when its threshold is certainly met, else when all its devices have ended, `failed` if its numbers or
 * its analysis did not pass.
 */
function decideForcedWave(input: EngineInput, wave: WaveInput, gate: GateJudgement): EngineStep {
  const offers = decideOffers(input, wave);
  if (offers.blockers.length > 0) return waitFor(offers.blockers, earliest([offers.nextAt, nextDeadline(input)]));
  const isGood = gate.verdict === 'pass' && breachOf(input, wave, gate) === null;
  if (isGood) return stepOf([completeWave(input, wave, 'gate_forced')]);
  if (waveNumbers(wave).open > 0) return waitForDevices(input, wave);
  return stepOf([decision(input, { kind: 'fail_wave', wave: wave.index }, { code: 'gate_forced', wave })]);
}

/** All waves are behind us: the rollout ends when the last straggler has. */
function finishOrWait(input: EngineInput): EngineStep {
  const numbers = rolloutNumbers(input.waves);
  if (numbers.open > 0) {
    const straggling = input.waves.find((wave) => waveNumbers(wave).open > 0);
    return straggling === undefined ? waitFor([], null) : waitForDevices(input, straggling);
  }
  const allSucceeded = numbers.succeeded === numbers.eligible;
  const code: ReasonCode = numbers.eligible === 0 ? 'nothing_to_do' : allSucceeded ? 'all_succeeded' : 'some_not_succeeded';
  const state = allSucceeded ? 'succeeded' : 'completed_with_failures';
  return stepOf([decision(input, { kind: 'finish_rollout', rollBack: false, state }, { code, wave: null, rollout: ['running'] })]);
}

function waitForDevices(input: EngineInput, wave: WaveInput): EngineStep {
  const { open } = waveNumbers(wave);
  const until = wave.deadlineAt === null ? '' : `; those that have not by ${new Date(wave.deadlineAt).toISOString()} time out`;
  const waits = blocker(
    'waiting_for_devices',
    `${waveName(wave.index)} waits for ${devices(open)} to finish${until}.`,
    'The devices report, or their deadline passes.',
    { wave: wave.index, until: wave.deadlineAt, numbers: { open } },
  );
  const offline = offlineBlocker(wave);
  return waitFor(offline === null ? [waits] : [waits, offline], nextDeadline(input));
}

/** What a breach does, by the policy: pause, or fail the wave and abort (with or without rolling back what was changed). */
function breachDecisions(input: EngineInput, wave: WaveInput, why: Why): readonly Decision[] {
  const { onBreach } = input.policy;
  switch (onBreach) {
    case 'pause':
      return [pauseDecision(input, wave, 'breach', why)];
    case 'abort':
    case 'roll_back': {
      const isActive = wave.state === 'running' || wave.state === 'soaking' || wave.state === 'analyzing';
      const fail = decision(input, { kind: 'fail_wave', wave: wave.index }, { ...why, wave });
      const rollBack = onBreach === 'roll_back' && input.rollout.purpose !== 'rollback';
      const extendDeadlinesByMs = input.rollout.pause === null ? 0 : input.now - input.rollout.pause.at;
      const abort = decision(input, { kind: 'begin_abort', cause: 'breach', rollBack, extendDeadlinesByMs }, { ...why, wave });
      return isActive ? [fail, abort] : [abort];
    }
    default:
      return assertNever(onBreach);
  }
}

/** Pauses for the gate of a wave. A pause by a person turns into one by breach, so that resuming it is known to force the gate. */
function pauseDecision(input: EngineInput, wave: WaveInput, cause: PauseCause, why: Why): Decision {
  const pausedAt = input.rollout.pause?.at ?? input.now;
  return decision(
    input,
    { kind: 'pause_rollout', cause, causeWave: wave.index, pausedAt },
    { ...why, wave, rollout: [input.rollout.state] },
  );
}

function beginSoak(input: EngineInput, wave: WaveInput): Decision {
  const soakStartedAt = wave.unhealthySucceeded > 0 ? null : input.now;
  // A soak begun late (the controller was down) gets its whole time too, because the limit of a soak counts from the deadline.
  const earliestDeadline = input.rollout.pause?.at ?? input.now;
  const deadlineAt = Math.max(wave.deadlineAt ?? earliestDeadline, earliestDeadline);
  return decision(input, { kind: 'begin_soak', wave: wave.index, soakStartedAt, deadlineAt }, { code: 'threshold_met', wave });
}

function restartSoak(input: EngineInput, wave: WaveInput, soakStartedAt: number | null): Decision {
  const code = wave.soakStartedAt === null ? 'devices_healthy_again' : 'device_unhealthy_during_soak';
  return decision(input, { kind: 'restart_soak', wave: wave.index, soakStartedAt }, { code, wave });
}

/** A wave that met its threshold and its soak is measured, if its policy asks for that, and else is done. */
function passGates(input: EngineInput, wave: WaveInput, code: ReasonCode): Decision {
  return beginAnalysis(input, wave) ?? completeWave(input, wave, code);
}

function completeWave(input: EngineInput, wave: WaveInput, code: ReasonCode): Decision {
  return decision(input, { kind: 'complete_wave', wave: wave.index }, { code, wave });
}

function codeOf(gate: GateJudgement): ReasonCode {
  const { code } = gate;
  return code === 'error_percent_exceeded' || code === 'failure_limit_exceeded' ? code : 'success_percent_unreachable';
}
