/** Random analysis gates, and devices with something to measure, from a source of chance of their own: other scenarios stay as they are. */
import type { Analysis, AnalysisMetric, MetricCondition, WavePolicy } from '@sluice/contracts';
import { createRandom, type Random } from './random.ts';
import type { DeviceModel, Scenario } from './scenario.ts';

const signals = ['event_loop_lag_ms', 'messages_per_second'] as const;

/** Gives some waves an analysis, and every device its numbers. */
export function withAnalysis(scenario: Scenario): Scenario {
  const random = createRandom(scenario.seed ^ 0xa11a);
  if (!random.chance(40)) return scenario;
  const isWorse = random.chance(40);
  const last = scenario.policy.waves.length - 1;
  const waves = scenario.policy.waves.map(
    (wave, index): WavePolicy => (random.chance(60) ? { ...wave, analysis: randomAnalysis(random, index === last) } : wave),
  );
  const devices = scenario.devices.map((device): DeviceModel => ({ ...device, measured: randomMeasured(random, isWorse) }));
  return { ...scenario, policy: { ...scenario.policy, waves }, devices };
}

function randomMeasured(random: Random, isWorse: boolean): DeviceModel['measured'] {
  return Object.fromEntries(
    signals.map((signal) => {
      const before = random.integer(0, 20) * 1_000 + random.pick([0, 500]);
      const after = isWorse && random.chance(60) ? before * random.integer(2, 4) + 1_000 : before;
      return [
        signal,
        { before: random.chance(90) ? before : null, after: random.chance(90) ? after : null, spike: random.pick([0, 30_000]) },
      ];
    }),
  );
}

function randomAnalysis(random: Random, isLast: boolean): Analysis {
  return {
    intervalMs: random.integer(1, 20) * 60_000,
    count: random.integer(1, 5),
    metrics: Array.from({ length: random.integer(1, 2) }, (_, index) => randomMetric(random, `metric-${index}`, isLast)),
  };
}

function randomMetric(random: Random, name: string, isLast: boolean): AnalysisMetric {
  const baseline = random.pick(['none', 'before_update', isLast ? 'none' : 'not_updated_now'] as const);
  const both = random.chance(40);
  const isSuccess = random.chance(50);
  return {
    name,
    signal: random.pick(signals),
    aggregate: random.pick(['mean', 'minimum', 'maximum', 'p95']),
    minimumSample: random.pick([1, 1, 2, 100]),
    ...(baseline === 'none' ? {} : { baseline }),
    ...(both || isSuccess ? { successCondition: randomCondition(random, 'at_most', baseline !== 'none') } : {}),
    ...(both || !isSuccess ? { failureCondition: randomCondition(random, 'above', baseline !== 'none') } : {}),
    ...(random.chance(50) ? { failureLimit: random.integer(1, 2) } : {}),
    ...(random.chance(50) ? { inconclusiveLimit: random.integer(1, 3) } : {}),
    ...(random.chance(40) ? { consecutiveSuccessLimit: random.pick([1, 2, 2]) } : {}),
    ...(random.chance(25) ? { dryRun: true } : {}),
  };
}

function randomCondition(random: Random, is: 'at_most' | 'above', hasBaseline: boolean): MetricCondition {
  const strict = is === 'at_most' ? (['at_most', 'below'] as const) : (['above', 'at_least'] as const);
  if (!hasBaseline) return { is: random.pick(strict), value: random.pick([5, 10, 10.5, 20, 40]) };
  return {
    is: random.pick(strict),
    percentOfBaseline: random.pick([100, 150, 200]),
    ...(random.chance(50) ? { plus: random.integer(0, 2) } : {}),
  };
}
