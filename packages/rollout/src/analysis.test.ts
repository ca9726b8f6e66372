import type { Analysis, AnalysisMetric, MeasurementOutcome, MetricCondition } from '@sluice/contracts';
import { describe, expect, it } from 'vitest';
import { canaryPolicy, input, now, rollout, runningWave, strictWave, wave } from '../test/inputs.ts';
import { judgeMeasurement, judgeMetric, type Measurement } from './analysis.ts';
import { decide } from './engine.ts';
import { validatePolicy } from './policy-problems.ts';

const lag: AnalysisMetric = { name: 'lag', signal: 'event_loop_lag_ms', aggregate: 'p95', minimumSample: 2 };
const numbers = { name: 'lag', sample: 5, value: 10_500, baseline: 7_000 };

describe('judgeMeasurement', () => {
  const conditions: [MetricCondition, boolean][] = [
    [{ is: 'at_most', value: 10.5 }, true],
    [{ is: 'below', value: 10.5 }, false],
    [{ is: 'above', value: 10.499 }, true],
    [{ is: 'at_least', value: 10.501 }, false],
    [{ is: 'at_most', percentOfBaseline: 150 }, true],
    [{ is: 'below', percentOfBaseline: 150 }, false],
    [{ is: 'below', percentOfBaseline: 150, plus: 0.001 }, true],
    [{ is: 'above', percentOfBaseline: 100, plus: 3.5 }, false],
  ];
  it.each(conditions)('when %j is asked of 10.5 against a baseline of 7, it is exactly %s', (condition, holds) => {
    expect(judgeMeasurement({ ...lag, successCondition: condition }, numbers, 5)).toBe(holds ? 'success' : 'failure');
    expect(judgeMeasurement({ ...lag, failureCondition: condition }, numbers, 5)).toBe(holds ? 'failure' : 'success');
  });

  it('when both conditions are given, what meets neither is inconclusive, and failure comes first', () => {
    const both = { ...lag, successCondition: { is: 'below', value: 5 }, failureCondition: { is: 'above', value: 20 } } as const;
    expect([1_000, 10_000, 30_000].map((value) => judgeMeasurement(both, { ...numbers, value }, 5))).toEqual([
      'success',
      'inconclusive',
      'failure',
    ]);
    const contradicting = { ...both, failureCondition: { is: 'above', value: 1 } } as const;
    expect(judgeMeasurement(contradicting, { ...numbers, value: 2_000 }, 5)).toBe('failure');
  });

  it('when too few devices report it or the baseline is missing, it is inconclusive; a wave of one device needs one', () => {
    const metric = { ...lag, successCondition: { is: 'below', percentOfBaseline: 200 } } as const;
    expect(judgeMeasurement(metric, { ...numbers, sample: 1 }, 5)).toBe('inconclusive');
    expect(judgeMeasurement(metric, { ...numbers, sample: 1 }, 1)).toBe('success');
    expect(judgeMeasurement(metric, { ...numbers, sample: 0, value: null }, 0)).toBe('inconclusive');
    expect(judgeMeasurement(metric, { ...numbers, baseline: null }, 5)).toBe('inconclusive');
  });
});

describe('judgeMetric', () => {
  const [S, F, I]: MeasurementOutcome[] = ['success', 'failure', 'inconclusive'];
  const row = { consecutiveSuccessLimit: 2, failureLimit: 1, inconclusiveLimit: 1 };
  const cases: [Partial<AnalysisMetric>, (MeasurementOutcome | undefined)[], string][] = [
    [{}, [S, S], 'open'],
    [{}, [S, S, S], 'passed'],
    [{}, [S, F], 'failed'],
    [{}, [I], 'inconclusive'],
    [{ failureLimit: 1 }, [F, S, S], 'passed'],
    [{ failureLimit: 1 }, [F, S, F], 'failed'],
    [{ inconclusiveLimit: 1 }, [I, I], 'inconclusive'],
    [{ consecutiveSuccessLimit: 2 }, [S, S, F], 'passed'],
    [row, [S, F, S], 'inconclusive'],
    [row, [S, I, S], 'inconclusive'],
    [row, [F, S, S], 'passed'],
  ];
  it.each(cases)('when %j measured %j, it is %s', (limits, outcomes, verdict) => {
    expect(
      judgeMetric(
        { ...lag, ...limits },
        outcomes.filter((outcome) => outcome !== undefined),
        3,
      ),
    ).toBe(verdict);
  });
});

describe('the analysis of a wave', () => {
  const analysis: Analysis = {
    intervalMs: 60_000,
    count: 2,
    metrics: [
      { ...lag, baseline: 'before_update', successCondition: { is: 'at_most', percentOfBaseline: 150, plus: 1 } },
      { ...lag, name: 'peak', aggregate: 'maximum', failureCondition: { is: 'above', value: 1 }, dryRun: true },
    ],
  };
  const policy = { ...canaryPolicy, waves: [{ ...strictWave, analysis }, strictWave] };
  const analyzing = (measurements: readonly Measurement[], values: Partial<NonNullable<ReturnType<typeof wave>['analysis']>> = {}) => [
    runningWave(0, {
      state: 'analyzing',
      counts: { succeeded: 3 },
      analysis: { startedAt: now - 60_000, measurements, pending: null, ...values },
    }),
    wave(1, { counts: { scheduled: 2 } }),
  ];
  const measured = (outcome: MeasurementOutcome): Measurement => ({
    at: now,
    results: [
      { ...numbers, value: 30_000, sample: 3, outcome },
      { ...numbers, name: 'peak', outcome: 'failure' },
    ],
  });

  it('when the threshold is met, it begins, and the first measurement is due after one interval', () => {
    const begun = decide(input([runningWave(0, { counts: { succeeded: 3 } }), wave(1)], { policy }));
    expect(begun.decisions).toMatchObject([{ kind: 'begin_analysis', wave: 0, startedAt: now }]);
    const waits = decide(input(analyzing([], { startedAt: now }), { policy }));
    expect(waits).toMatchObject({ decisions: [], blockers: [{ code: 'analyzing', until: now + 60_000 }], nextTimerAt: now + 60_000 });
  });

  it('when a measurement is due, it is a decision with its numbers, in words', () => {
    const { decisions } = decide(input(analyzing([], { pending: [{ ...numbers, sample: 3 }] }), { policy }));
    expect(decisions).toMatchObject([{ kind: 'record_measurement', measurementsBefore: 0, measuredAt: now, why: { code: 'measured' } }]);
    expect(decisions[0]?.why.sentence).toBe(
      'Wave 1, measurement 1 of 2: lag was 10.5 over 3 devices (the same devices before: 7): success; ' +
        'peak: 0 of 3 devices reported it, 2 are needed: inconclusive, dry run.',
    );
    expect(decisions[0]?.numbers.measured).toHaveLength(2);
  });

  it('when a metric fails, the policy acts, whatever a dry run says; when none can judge, the rollout pauses with the reason', () => {
    const failed = decide(input(analyzing([measured('failure')]), { policy }));
    expect(failed.decisions).toMatchObject([{ kind: 'fail_wave' }, { kind: 'begin_abort', rollBack: true }]);
    expect(failed.decisions[0]?.why.sentence).toBe(
      'Wave 1: the analysis failed: lag was 30 over 3 devices (the same devices before: 7), must be at most 150 % of its baseline plus 1 (no failed measurement is allowed).',
    );
    expect(decide(input(analyzing([measured('inconclusive')]), { policy })).decisions).toMatchObject([
      { kind: 'pause_rollout', cause: 'inconclusive', causeWave: 0 },
    ]);
    const paused = rollout({ state: 'paused', pause: { cause: 'inconclusive', wave: 0, at: now } });
    const { blockers } = decide(input(analyzing([measured('inconclusive')]), { policy, rollout: paused }));
    expect(blockers).toMatchObject([{ code: 'paused_inconclusive' }]);
    expect(blockers[0]?.sentence).toContain('the analysis could not judge: lag');
  });

  it('when all measurements are good, the wave is done; when paused, none is taken', () => {
    expect(decide(input(analyzing([measured('success'), measured('success')]), { policy })).decisions).toMatchObject([
      { kind: 'complete_wave' },
    ]);
    const paused = rollout({ state: 'paused', pause: { cause: 'person', wave: null, at: now } });
    expect(decide(input(analyzing([], { pending: [numbers] }), { policy, rollout: paused })).decisions).toEqual([]);
  });
});

describe('validatePolicy', () => {
  const problemsOf = (metrics: readonly AnalysisMetric[], where: 'first' | 'last' = 'first') => {
    const measured = { ...strictWave, analysis: { intervalMs: 60_000, count: 2, metrics: [...metrics] } };
    const waves = where === 'last' ? [strictWave, measured] : [{ ...measured, size: { kind: 'count', count: 1 } as const }, strictWave];
    return validatePolicy({
      ...canaryPolicy,
      waves: where === 'last' ? [{ ...strictWave, size: { kind: 'count', count: 1 } }, measured] : waves,
    }).map(({ pointer, code, severity }) => `${severity} ${code} ${pointer}`);
  };
  const good: AnalysisMetric = { ...lag, baseline: 'before_update', successCondition: { is: 'below', percentOfBaseline: 150, plus: 0.5 } };

  it('when an analysis makes sense, it has nothing to say', () => expect(problemsOf([good], 'last')).toEqual([]));

  it('when an analysis cannot work, it points at what', () => {
    const at = '/waves/0/analysis/metrics/0';
    expect(problemsOf([good, { ...good }])).toEqual(['error metric_name_taken /waves/0/analysis/metrics/1/name']);
    expect(problemsOf([lag])).toEqual([`error metric_without_condition ${at}`]);
    expect(problemsOf([{ ...good, signal: 'kpi' }])).toEqual([`error kpi_not_named ${at}/kpi`]);
    expect(problemsOf([{ ...lag, failureCondition: { is: 'above', percentOfBaseline: 1 } }])).toEqual([
      `error baseline_not_named ${at}/failureCondition/percentOfBaseline`,
    ]);
    expect(problemsOf([{ ...good, baseline: 'not_updated_now' }], 'last')).toEqual([
      'error baseline_never_there /waves/1/analysis/metrics/0/baseline',
    ]);
    expect(problemsOf([{ ...lag, successCondition: { is: 'below', value: 0.0001 } }])).toEqual([
      `error bound_too_fine ${at}/successCondition/value`,
    ]);
    expect(problemsOf([{ ...good, consecutiveSuccessLimit: 3, failureLimit: 2 }])).toEqual([
      `error limit_never_reached ${at}/consecutiveSuccessLimit`,
      `warning limit_never_reached ${at}/failureLimit`,
    ]);
  });
});
