import type { Benchmark, BenchmarkOptions, BenchmarkResult } from '../benchmark.ts';
import { median, rounded } from '../statistics.ts';
import { type Life, liveOnce, wholeOf } from './life.ts';
import type { Spent } from './meter.ts';
import { createRolloutBenchWorld } from './world.ts';

const smallest = 10_000;
const sizes = [smallest, 100_000, 1_000_000] as const;
/** The small fleet is measured several times: it is over in a moment, and the ratio of growth hangs on it. */
const repetitionsOfSmallest = 5;

const perDevice = (ms: number, { devices }: Life): number => rounded((ms * 1_000) / devices);

function middle(lives: readonly Life[]): Life {
  const sorted = [...lives].sort((a, b) => wholeOf(a).ms - wholeOf(b).ms);
  const life = sorted[Math.floor(sorted.length / 2)];
  if (life === undefined) throw new RangeError('nothing measured');
  const of = (part: keyof Spent): number => median(lives.map(({ bareUpdate }) => bareUpdate[part]));
  return { ...life, bareUpdate: { ms: of('ms'), cpuMs: of('cpuMs') } };
}

async function measure(devices: number, options: BenchmarkOptions): Promise<Life> {
  const world = await createRolloutBenchWorld();
  try {
    // One small fleet first: it compiles, plans and connects.
    await liveOnce(world, 1_000, 'warm');
    const lives: Life[] = [];
    for (let round = 0; round < (devices === smallest ? repetitionsOfSmallest : 1); round += 1) {
      lives.push(await liveOnce(world, devices, `fleet${round}`));
    }
    const life = middle(lives);
    const phases = Object.entries({ plan: life.plan, offer: life.offer, reports: life.report, 'bare update': life.bareUpdate });
    const told = phases.map(([name, { ms, cpuMs }]) => `${name} ${perDevice(ms, life)} (CPU ${perDevice(cpuMs, life)})`);
    options.say(
      `${devices} devices, µs each: ${told.join(', ')}; a decision ${life.decide.ms.toFixed(1)} ms; ${Math.round(life.workerRssMb)} MB`,
    );
    return life;
  } finally {
    await world.close();
  }
}

function figuresOf(life: Life): Record<string, number> {
  const name = life.devices >= 1_000_000 ? `${life.devices / 1_000_000}M` : `${life.devices / 1_000}k`;
  const phases = { plan: life.plan, offer: life.offer, report: life.report, bareUpdate: life.bareUpdate };
  return {
    ...Object.fromEntries(
      Object.entries(phases).flatMap(([phase, { ms, cpuMs }]) => [
        [`${phase}Microseconds${name}`, perDevice(ms, life)],
        [`${phase}CpuMicroseconds${name}`, perDevice(cpuMs, life)],
      ]),
    ),
    [`decisionMs${name}`]: rounded(life.decide.ms),
    [`workerRssMb${name}`]: Math.round(life.workerRssMb),
  };
}

async function run(options: BenchmarkOptions): Promise<BenchmarkResult> {
  const lives: Life[] = [];
  for (const devices of sizes) {
    if (devices > smallest && devices > options.devicesMax) continue;
    lives.push(await measure(devices, options));
  }
  const [first] = lives;
  const last = lives.at(-1);
  if (first === undefined || last === undefined) throw new RangeError('no size was measured');
  const growth = (part: keyof Spent): number => wholeOf(last)[part] / last.devices / (wholeOf(first)[part] / first.devices);
  return {
    figures: Object.assign({ largest: last.devices }, ...lives.map(figuresOf)) as Record<string, number>,
    ratios: {
      growth10kTo1M: rounded(growth('ms')),
      vsBareUpdate: rounded(wholeOf(last).ms / last.bareUpdate.ms),
      // The same by the time of processors, which does not depend on what else the machine does.
      growthCpu10kTo1M: rounded(growth('cpuMs')),
      vsBareUpdateCpu: rounded(wholeOf(last).cpuMs / last.bareUpdate.cpuMs),
      decisionGrowth: rounded(last.decide.ms / first.decide.ms),
      memoryGrowth: rounded(last.workerRssMb / first.workerRssMb),
    },
  };
}

/** Planning, offering, taking in every report and deciding, over fleets of 10,000 to a million devices in a real Postgres. */
export const rollout: Benchmark = {
  name: 'rollout',
  summary:
    'The whole life of a rollout over 10k, 100k and 1M devices: cost per device as it grows, ÷ a bare UPDATE of the same rows (goal: at most 4).',
  run,
};
