/**
 * A wave in state `analyzing`: a measurement is taken when it is due, each a decision of its own, and judged in the step after it, from
 * what was stored. While the rollout is paused none is taken; the one that came due meanwhile follows at once.
 */
import type { Analysis } from '@sluice/contracts';
import { judgeAnalysis, judgePending, type MetricResult, nextMeasurementAt } from './analysis.ts';
import { judgementSentence, measurementSentence } from './analysis-sentences.ts';
import { blocker } from './blockers.ts';
import type { Blocker, Decision } from './decision.ts';
import { decision } from './decision-builder.ts';
import type { EngineInput, WaveInput } from './engine-input.ts';
import { wavePolicyOf } from './late-wave.ts';
import { waveName } from './sentences.ts';

export type AnalysisStep =
  | { readonly kind: 'passed' }
  | { readonly kind: 'failed' | 'inconclusive'; readonly sentence: string; readonly measured: readonly MetricResult[] }
  | { readonly kind: 'measure'; readonly decision: Decision }
  | { readonly kind: 'wait'; readonly blocker: Blocker; readonly wakeAt: number };

/** Devices of a wave that run the release, whatever their health. */
export function updatedDevices(wave: WaveInput): number {
  return wave.counts.succeeded ?? 0;
}

/** The beginning of the analysis that the policy asks for; null: it asks for none. */
export function beginAnalysis(input: EngineInput, wave: WaveInput): Decision | null {
  if (wavePolicyOf(input.policy, wave.index)?.analysis === undefined) return null;
  const change = { kind: 'begin_analysis', wave: wave.index, startedAt: input.now } as const;
  return decision(input, change, { code: 'analysis_begun', wave });
}

/** How the analysis of a wave stands by what was measured: for a verdict that counts also while nothing new is measured. */
export function judgeStored(input: EngineInput, wave: WaveInput): Exclude<AnalysisStep, { kind: 'measure' | 'wait' }> | null {
  const analysis = wavePolicyOf(input.policy, wave.index)?.analysis;
  if (analysis === undefined || wave.analysis === null) return null;
  const { measurements } = wave.analysis;
  const judgement = judgeAnalysis(analysis, measurements);
  if (judgement.verdict === 'open') return null;
  if (judgement.verdict === 'passed') return { kind: 'passed' };
  const sentence = judgementSentence(waveName(wave.index), judgement, measurements.at(-1), updatedDevices(wave));
  return { kind: judgement.verdict, sentence, measured: measurements.at(-1)?.results ?? [] };
}

/** What the analysis of a wave asks for now. */
export function decideAnalysis(input: EngineInput, wave: WaveInput): AnalysisStep {
  const analysis = wavePolicyOf(input.policy, wave.index)?.analysis;
  if (analysis === undefined) return { kind: 'passed' };
  const judged = judgeStored(input, wave);
  if (judged !== null) return judged;
  const { startedAt, measurements, pending } = wave.analysis ?? { startedAt: input.now, measurements: [], pending: null };
  const dueAt = nextMeasurementAt(analysis, { startedAt, measurements });
  if (input.now < dueAt || pending === null) return { kind: 'wait', blocker: analyzingBlocker(analysis, wave, dueAt), wakeAt: dueAt };
  return { kind: 'measure', decision: measure(input, wave, analysis) };
}

function measure(input: EngineInput, wave: WaveInput, analysis: Analysis): Decision {
  const { measurements = [], pending = [] } = wave.analysis ?? {};
  const updated = updatedDevices(wave);
  const results = judgePending(analysis, pending ?? [], updated);
  const measurementsBefore = measurements.length;
  const place = { number: measurementsBefore + 1, updated };
  const sentence = measurementSentence(waveName(wave.index), analysis, { at: input.now, results }, place);
  const change = { kind: 'record_measurement', wave: wave.index, measurementsBefore, measuredAt: input.now, results } as const;
  return decision(input, change, { code: 'measured', wave, sentence, measured: results });
}

function analyzingBlocker(analysis: Analysis, wave: WaveInput, dueAt: number): Blocker {
  const done = wave.analysis?.measurements.length ?? 0;
  return blocker(
    'analyzing',
    `${waveName(wave.index)} is being analyzed: ${done} of ${analysis.count} measurements are done, the next is at ${new Date(dueAt).toISOString()}.`,
    'The measurements are taken and meet their conditions.',
    { wave: wave.index, until: dueAt, numbers: { measured: done, measurements: analysis.count } },
  );
}
