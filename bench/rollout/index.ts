import type { Benchmark, BenchmarkOptions, BenchmarkResult } from '../benchmark.ts';
import { median, rounded } from '../statistics.ts';
import { type Life, liveOnce } from './life.ts';
import { createRolloutBenchWorld } from './world.ts';

const smallest = 10_000;
const sizes = [smallest, 100_000, 1_000_000] as const;
/** The small fleet is measured several times: it is over in a moment, and the ratio of growth hangs on it. */
const repetitionsOfSmallest = 5;

const wholeMs = ({ planMs, offerMs, reportMs, decideMs }: Life): number => planMs + offerMs + reportMs + decideMs;
const perDevice = (ms: number, { devices }: Life): number => rounded((ms * 1_000) / devices);

function middle(lives: readonly Life[]): Life {
  const sorted = [...lives].sort((a, b) => wholeMs(a) - wholeMs(b));
  const life = sorted[Math.floor(sorted.length / 2)];
  if (life === undefined) throw new RangeError('nothing measured');
  return { ...life, bareUpdateMs: median(lives.map(({ bareUpdateMs }) => bareUpdateMs)) };
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
    const phases = [life.planMs, life.offerMs, life.reportMs].map((ms) => perDevice(ms, life));
    options.say(
      `${devices} devices: plan, offer, reports ${phases.join(', ')} µs each; a decision ${life.decideMs.toFixed(1)} ms; ` +
        `bare update ${perDevice(life.bareUpdateMs, life)} µs each; ${Math.round(life.workerRssMb)} MB`,
    );
    return life;
  } finally {
    await world.close();
  }
}

function figuresOf(life: Life): Record<string, number> {
  const name = life.devices >= 1_000_000 ? `${life.devices / 1_000_000}M` : `${life.devices / 1_000}k`;
  return {
    [`planMicroseconds${name}`]: perDevice(life.planMs, life),
    [`offerMicroseconds${name}`]: perDevice(life.offerMs, life),
    [`reportMicroseconds${name}`]: perDevice(life.reportMs, life),
    [`bareUpdateMicroseconds${name}`]: perDevice(life.bareUpdateMs, life),
    [`decisionMs${name}`]: rounded(life.decideMs),
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
  const growth = wholeMs(last) / last.devices / (wholeMs(first) / first.devices);
  return {
    figures: Object.assign({ largest: last.devices }, ...lives.map(figuresOf)) as Record<string, number>,
    ratios: {
      growth10kTo1M: rounded(growth),
      vsBareUpdate: rounded(wholeMs(last) / last.bareUpdateMs),
      decisionGrowth: rounded(last.decideMs / first.decideMs),
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
