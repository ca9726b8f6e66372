// `npm run bench`: lists the benchmarks. `npm run bench -- <name> [--json] [--seconds N] [--rounds N] [--devices N] [--connections N] [--profile]`.
import { parseArgs } from 'node:util';
import type { Benchmark, BenchmarkOptions } from './benchmark.ts';
import { checkIn } from './check-in/index.ts';
import { diff } from './diff/index.ts';
import { eligibility } from './eligibility/index.ts';
import { gitClone } from './git/index.ts';
import { rollout } from './rollout/index.ts';
import { snapshot } from './snapshot/index.ts';
import { variables } from './variables/index.ts';

const benchmarks: readonly Benchmark[] = [checkIn, diff, snapshot, gitClone, rollout, eligibility, variables];

function list(): void {
  process.stdout.write('Benchmarks (npm run bench -- <name> --json):\n');
  for (const { name, summary } of benchmarks) process.stdout.write(`  ${name.padEnd(12)} ${summary}\n`);
}

function countOf(text: string | undefined, name: string, fallback: number): number {
  if (text === undefined) return fallback;
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) throw new Error(`--${name} takes a whole number from 1 on, not "${text}"`);
  return count;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
      seconds: { type: 'string' },
      rounds: { type: 'string' },
      devices: { type: 'string' },
      connections: { type: 'string' },
    },
  });
  const [name] = positionals;
  if (name === undefined) return list();
  const benchmark = benchmarks.find((each) => each.name === name);
  if (benchmark === undefined) {
    list();
    throw new Error(`there is no benchmark "${name}"`);
  }
  const options: BenchmarkOptions = {
    seconds: countOf(values.seconds, 'seconds', 3),
    rounds: countOf(values.rounds, 'rounds', 10),
    devices: countOf(values.devices, 'devices', 10_000),
    devicesMax: countOf(values.devices, 'devices', 1_000_000),
    connections: countOf(values.connections, 'connections', 64),
    profile: values.profile,
    say: (line) => (values.json ? process.stderr : process.stdout).write(`${line}\n`),
  };
  const { figures, ratios } = await benchmark.run(options);
  process.stdout.write(`${JSON.stringify({ bench: name, figures, ratios })}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
