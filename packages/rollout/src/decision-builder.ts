import type { RolloutState, WaveState } from '@sluice/contracts';
import type { MetricResult } from './analysis.ts';
import type { Decision, DecisionChange, DecisionNumbers, Expectation, ReasonCode } from './decision.ts';
import type { EngineInput, WaveInput } from './engine-input.ts';
import { type DeploymentCounts, type GateNumbers, gateNumbers } from './gate.ts';
import { wavePolicyOf } from './late-wave.ts';
import { sentenceFor } from './sentences.ts';

const activeWave: readonly WaveState[] = ['running', 'soaking', 'analyzing'];
const startedWave: readonly WaveState[] = ['running', 'soaking', 'analyzing', 'succeeded', 'failed', 'skipped', 'aborted'];

/** In which states of the rows a decision may still be carried out, when nothing narrower is asked for. */
const expectations: Readonly<Record<DecisionChange['kind'], Expectation>> = {
  approve_rollout: { rollout: ['pending_approval'], wave: null },
  reject_rollout: { rollout: ['pending_approval'], wave: null },
  await_gate: { rollout: ['running'], wave: ['pending'] },
  start_rollout: { rollout: ['scheduled'], wave: null },
  start_wave: { rollout: ['running'], wave: ['pending', 'awaiting_gate'] },
  queue_wave: { rollout: ['running'], wave: ['running'] },
  offer_wave: { rollout: ['running'], wave: ['running'] },
  set_aside: { rollout: ['running', 'aborting'], wave: ['pending', 'awaiting_gate', ...startedWave] },
  begin_soak: { rollout: ['running', 'paused'], wave: ['running'] },
  restart_soak: { rollout: ['running', 'paused'], wave: ['soaking'] },
  begin_analysis: { rollout: ['running'], wave: ['running', 'soaking'] },
  record_measurement: { rollout: ['running'], wave: ['analyzing'] },
  complete_wave: { rollout: ['running'], wave: activeWave },
  fail_wave: { rollout: ['running', 'paused'], wave: activeWave },
  skip_wave: { rollout: ['running'], wave: ['pending', 'awaiting_gate', 'running'] },
  abort_wave: { rollout: ['aborting'], wave: ['pending', 'awaiting_gate', ...activeWave] },
  time_out_wave_deployments: { rollout: ['running', 'aborting'], wave: startedWave },
  pause_rollout: { rollout: ['running'], wave: null },
  resume_rollout: { rollout: ['paused'], wave: null },
  force_gate: { rollout: ['running', 'paused'], wave: startedWave },
  begin_abort: { rollout: ['running', 'paused'], wave: null },
  cancel_cancellable: { rollout: ['aborting'], wave: null },
  roll_back_changed_devices: { rollout: ['aborting'], wave: null },
  finish_rollout: { rollout: ['running', 'aborting'], wave: null },
};

/** Numbers of one wave. */
export function waveNumbers(wave: WaveInput): GateNumbers {
  return gateNumbers(wave.counts, wave.unhealthySucceeded);
}

/** Numbers of all waves together. */
export function rolloutNumbers(waves: readonly WaveInput[]): GateNumbers {
  const sum: Record<string, number> = {};
  let unhealthy = 0;
  for (const wave of waves) {
    for (const [state, count] of Object.entries(wave.counts)) sum[state] = (sum[state] ?? 0) + count;
    unhealthy += wave.unhealthySucceeded;
  }
  return gateNumbers(sum as DeploymentCounts, unhealthy);
}

/** Why a decision is made, and on what. */
export interface Cause {
  readonly code: ReasonCode;
  /** The wave whose numbers the decision rests on; null for the whole rollout. */
  readonly wave: WaveInput | null;
  /** Narrower states of the rollout than usual. */
  readonly rollout?: readonly RolloutState[];
  /** What the decision rests on besides the counts, and the words for it. */
  readonly measured?: readonly MetricResult[];
  readonly sentence?: string;
}

/** Makes a decision of a change: adds its reason, its numbers and the states it expects. */
export function decision(input: EngineInput, change: DecisionChange, cause: Cause): Decision {
  const expected = expectations[change.kind];
  const threshold = cause.wave === null ? null : (wavePolicyOf(input.policy, cause.wave.index)?.threshold ?? null);
  const measured = cause.measured === undefined ? {} : { measured: cause.measured };
  const numbers: DecisionNumbers = {
    ...(cause.wave === null ? rolloutNumbers(input.waves) : waveNumbers(cause.wave)),
    threshold,
    ...measured,
  };
  return {
    ...change,
    expects: { rollout: cause.rollout ?? expected.rollout, wave: expected.wave },
    why: {
      code: cause.code,
      sentence:
        cause.sentence ??
        sentenceFor(cause.code, numbers, { wave: cause.wave?.index ?? null, count: 'count' in change ? change.count : null }),
    },
    numbers,
    policyVersion: input.policyVersion,
    decidedAt: input.now,
  };
}
