import { diffSnapshots, type FlowNode, type SnapshotParts } from '@sluice/snapshot';
import type { Benchmark, BenchmarkOptions, BenchmarkResult } from '../benchmark.ts';
import { median, rounded } from '../statistics.ts';
import { editedPlant, plantFlows } from './plant.ts';

const nodes = 5_000;
/** Of each side in a round; the machine does other things meanwhile, and the quickest is what the code needs. */
const repetitions = 5;
const warmUps = 5;

function quickestMs(work: () => unknown): number {
  let quickest = Number.POSITIVE_INFINITY;
  for (let repetition = 0; repetition < repetitions; repetition += 1) {
    const startedAt = performance.now();
    work();
    quickest = Math.min(quickest, performance.now() - startedAt);
  }
  return quickest;
}

type Side = { before: SnapshotParts; after: SnapshotParts };

/** Objects as they come from storage: parsed, and of no other history. */
function parsed(texts: { before: string; after: string }): Side {
  const read = (text: string): SnapshotParts => ({ flows: JSON.parse(text) as FlowNode[] });
  return { before: read(texts.before), after: read(texts.after) };
}

const compare = ({ before, after }: Side) => diffSnapshots(before, after);
const stringify = ({ before, after }: Side) => [JSON.stringify(before), JSON.stringify(after)];

function run(options: BenchmarkOptions): BenchmarkResult {
  const flows = plantFlows(nodes);
  const texts = { before: JSON.stringify(flows), after: JSON.stringify(editedPlant(flows)) };
  for (let warmUp = 0; warmUp < warmUps; warmUp += 1) {
    const side = parsed(texts);
    compare(side);
    stringify(side);
  }
  const rounds = Array.from({ length: options.rounds }, (_, round) => {
    const side = parsed(texts);
    const measured = { diffMs: quickestMs(() => compare(side)), stringifyMs: quickestMs(() => stringify(side)) };
    options.say(
      `round ${round + 1}: difference ${measured.diffMs.toFixed(2)} ms, JSON.stringify of both ${measured.stringifyMs.toFixed(2)} ms`,
    );
    return measured;
  });
  const { counts, restart } = compare(parsed(texts));
  const same = parsed({ before: texts.before, after: texts.before });
  return {
    figures: {
      nodes: flows.length,
      bytes: texts.before.length + texts.after.length,
      diffMs: rounded(median(rounds.map(({ diffMs }) => diffMs))),
      stringifyMs: rounded(median(rounds.map(({ stringifyMs }) => stringifyMs))),
      diffOfSameMs: rounded(quickestMs(() => compare(same))),
      changedNodes: counts.nodes.added + counts.nodes.removed + counts.nodes.changed + counts.nodes.cosmetic,
      changedEndpoints: counts.endpoints.added + counts.endpoints.removed + counts.endpoints.changed,
      restarting: restart.restarted.length,
    },
    ratios: { diffToStringify: rounded(median(rounds.map(({ diffMs, stringifyMs }) => diffMs / stringifyMs))) },
  };
}

export const diff: Benchmark = {
  name: 'diff',
  summary: 'semantic difference of flows with 5,000 nodes ÷ JSON.stringify of both (goal: at most 8)',
  run: (options) => Promise.resolve(run(options)),
};
