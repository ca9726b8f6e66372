import type { Benchmark, BenchmarkOptions, BenchmarkResult } from '../benchmark.ts';
import { flowsOf } from '../history/flows.ts';
import { capture, createHistoryWorld, type HistoryWorld } from '../history/world.ts';
import { median, rounded } from '../statistics.ts';

const nodesOfLarge = 5_000;
const nodesOfUsual = 500;
/** Of each side in a round, in turn; the machine does other things meanwhile, and the quickest is what the code needs. */
const repetitions = 10;

async function timeMs(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

type Measured = { captureMs: number; insertMs: number };

/** Versions that differ in one line, captured and inserted in turn. */
async function measure(world: HistoryWorld, nodes: number, options: BenchmarkOptions): Promise<Measured[]> {
  let version = 0;
  const nextFlows = (): string => JSON.stringify(flowsOf(nodes, ++version));
  const insert = (text: string) => world.store.query('insert into plain (content) values ($1)', [Buffer.from(text)]);
  const rounds: Measured[] = [];
  // The first round only warms up: it writes all objects, and compiles.
  for (let round = 0; round <= options.rounds; round += 1) {
    const quickest: Measured = { captureMs: Number.POSITIVE_INFINITY, insertMs: Number.POSITIVE_INFINITY };
    for (let repetition = 0; repetition < repetitions; repetition += 1) {
      const [ours, plain] = [nextFlows(), nextFlows()];
      quickest.captureMs = Math.min(quickest.captureMs, await timeMs(() => capture(world, ours)));
      quickest.insertMs = Math.min(quickest.insertMs, await timeMs(() => insert(plain)));
    }
    if (round === 0) continue;
    const { captureMs, insertMs } = quickest;
    options.say(`${nodes} nodes, round ${round}: snapshot ${captureMs.toFixed(2)} ms, plain insert ${insertMs.toFixed(2)} ms`);
    rounds.push(quickest);
  }
  return rounds;
}

const ratioOf = (rounds: readonly Measured[]): number => rounded(median(rounds.map(({ captureMs, insertMs }) => captureMs / insertMs)));

async function run(options: BenchmarkOptions): Promise<BenchmarkResult> {
  const world = await createHistoryWorld();
  try {
    await world.store.query('create table plain (id int primary key generated always as identity, content bytea not null)');
    const large = await measure(world, nodesOfLarge, options);
    const usual = await measure(world, nodesOfUsual, options);
    const figuresOf = (rounds: readonly Measured[]) => ({
      snapshotMs: rounded(median(rounds.map(({ captureMs }) => captureMs))),
      insertMs: rounded(median(rounds.map(({ insertMs }) => insertMs))),
    });
    const ofUsual = figuresOf(usual);
    return {
      figures: {
        nodes: nodesOfLarge,
        bytes: JSON.stringify(flowsOf(nodesOfLarge, 1)).length,
        ...figuresOf(large),
        usualNodes: nodesOfUsual,
        usualSnapshotMs: ofUsual.snapshotMs,
        usualInsertMs: ofUsual.insertMs,
        rounds: options.rounds,
      },
      ratios: { snapshotToInsert: ratioOf(large), usualSnapshotToInsert: ratioOf(usual) },
    };
  } finally {
    await world.close();
  }
}

/** Capturing the next version of an application, all of it: reading, layout, blobs, commit, ledger; beside an insert of the same bytes. */
export const snapshot: Benchmark = {
  name: 'snapshot',
  summary: 'Capturing the next snapshot of 5,000 nodes (and of 500) with its commit, ÷ a plain insert of the same bytes (goal: at most 5).',
  run,
};
