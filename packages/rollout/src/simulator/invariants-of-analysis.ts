/** Invariants of the analysis gate. */
import type { EngineStep } from '../decision.ts';
import type { EngineInput } from '../engine-input.ts';
import type { Finding } from './invariants-of-state.ts';
import { rulesOf, tally, verdict } from './oracle.ts';
import { analysisOutcome, remeasure } from './oracle-of-analysis.ts';
import type { World } from './world.ts';

/** Each measurement has the numbers of its devices, and their true judgement; none comes before its interval has passed. */
export function invariantMeasurementsAreTrue(world: World, input: EngineInput, { decisions }: EngineStep): Finding {
  for (const decision of decisions) {
    if (decision.kind !== 'record_measurement') continue;
    const analysis = rulesOf(world, decision.wave)?.analysis;
    const wave = world.store.waves[decision.wave];
    if (analysis === undefined || wave === undefined) return `wave ${decision.wave} is measured, but nobody asked`;
    const last = wave.measurements.at(-1)?.at ?? wave.analysisStartedAt ?? Number.POSITIVE_INFINITY;
    if (input.now - last < analysis.intervalMs) return `wave ${decision.wave} is measured too soon`;
    const found = JSON.stringify(decision.results.map(({ sample, value, baseline, outcome }) => ({ sample, value, baseline, outcome })));
    const recount = JSON.stringify(analysis.metrics.map((metric) => remeasure(world, decision.wave, metric)));
    if (found !== recount) return `wave ${decision.wave} measured ${found}, remeasured ${recount}`;
  }
  return null;
}

/** 6: a wave with an analysis is passed only by it, and nothing starts after one whose analysis did not pass, unless a person forced it. */
export function invariant06AnalysisGates(world: World, _: EngineInput, { decisions }: EngineStep): Finding {
  const unproven = (wave: number): boolean =>
    world.store.waves[wave]?.gateForced !== true && !['none', 'passed'].includes(analysisOutcome(world, wave));
  for (const decision of decisions) {
    if (decision.kind === 'complete_wave' && unproven(decision.wave))
      return `wave ${decision.wave} passed, its analysis is ${analysisOutcome(world, decision.wave)}`;
    if (decision.kind === 'complete_wave' && analysisOutcome(world, decision.wave) === 'failed')
      return `wave ${decision.wave} was forced and called good, its analysis failed`;
    if (decision.kind !== 'start_wave') continue;
    const earlier = world.store.waves.find(({ index, state }) => index < decision.wave && state !== 'skipped' && unproven(index));
    if (earlier !== undefined) return `wave ${decision.wave} starts though the analysis of wave ${earlier.index} did not pass`;
  }
  return null;
}

/** 12: a failed analysis is answered by the action of the policy, one that cannot judge by a pause; dry runs by neither. */
export function invariant12AnalysisActs(world: World, _: EngineInput, { decisions }: EngineStep): Finding {
  if (world.store.rollout.state !== 'running' || decisions.some(({ kind }) => kind === 'time_out_wave_deployments')) return null;
  const wave = world.store.waves.find(({ state }) => state === 'analyzing');
  const threshold = rulesOf(world, wave?.index ?? 0)?.threshold;
  if (wave === undefined || threshold === undefined || wave.gateForced) return null;
  if (verdict(tally(world, wave.index), threshold) === 'breached') return null;
  const outcome = analysisOutcome(world, wave.index);
  const pauses = decisions.some((each) => each.kind === 'pause_rollout' && each.cause === (outcome === 'failed' ? 'breach' : outcome));
  const aborts = decisions.some(({ kind }) => kind === 'begin_abort');
  if (outcome === 'inconclusive')
    return pauses && !aborts ? null : `the analysis of wave ${wave.index} cannot judge, and no pause followed`;
  if (outcome !== 'failed') return pauses || aborts ? `wave ${wave.index} was stopped, its analysis is ${outcome}` : null;
  const acted = world.scenario.policy.onBreach === 'pause' ? pauses : aborts;
  return acted ? null : `the analysis of wave ${wave.index} failed and ${world.scenario.policy.onBreach} did not follow`;
}

/** When the next measurement of a wave is due, for the timer that must not come later; null: none will be. */
export function measurementDueAt(world: World, wave: number): number | null {
  const analysis = rulesOf(world, wave)?.analysis;
  const stored = world.store.waves[wave];
  if (analysis === undefined || stored?.state !== 'analyzing' || stored.gateForced || stored.analysisStartedAt === null) return null;
  if (stored.measurements.length >= analysis.count) return null;
  return (stored.measurements.at(-1)?.at ?? stored.analysisStartedAt) + analysis.intervalMs;
}

/** Measurements keep their distance, and are no more than was asked for, whoever carried them out. */
export function invariantMeasurementsKeepTheirDistance(world: World): Finding {
  for (const { index, measurements, analysisStartedAt } of world.store.waves) {
    const analysis = rulesOf(world, index)?.analysis;
    if (measurements.length > (analysis?.count ?? 0)) return `wave ${index} was measured ${measurements.length} times`;
    for (const [place, { at }] of measurements.entries()) {
      const before = measurements[place - 1]?.at ?? analysisStartedAt ?? at;
      if (at - before < (analysis?.intervalMs ?? 0)) return `measurement ${place + 1} of wave ${index} came too soon`;
    }
  }
  return null;
}
