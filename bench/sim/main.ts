// `npm run sim -- [--seeds N] [--first S] [--devices D] [--json]`: runs the rollout simulator over many seeds and checks every invariant after
// every write. `npm run sim -- --seed S [--devices D]` replays one seed and tells what happened.
import { parseArgs } from 'node:util';
import { simulateSeed } from '@sluice/rollout/simulator';
import { storyOf } from './story.ts';

const usage =
  'usage: npm run sim -- [--seeds N] [--first S] [--devices D] [--json]\n' +
  '       npm run sim -- --seed S [--devices D]\n' +
  'A fleet has 0 to 24 devices by chance unless --devices says how many; large fleets take longer by the square of their size.\n';

/** What a long run found. The names are those of its last line. */
type Findings = { seeds: number; steps: number; faults: number; violations: number; firstFailingSeed: number | null };

const say = (line: string): void => void process.stderr.write(`${line}\n`);

function wholeNumber(text: string | undefined, name: string): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0 || number > 2 ** 31) throw new RangeError(`--${name} takes a whole number, not "${text}".`);
  return number;
}

function runSeeds(first: number, seeds: number, options: { devices?: number }): Findings {
  const findings: Findings = { seeds: 0, steps: 0, faults: 0, violations: 0, firstFailingSeed: null };
  const faults = new Map<string, number>();
  const reportEvery = Math.max(1, Math.min(1_000, Math.ceil(seeds / 20)));
  for (let seed = first; seed < first + seeds; seed += 1) {
    const result = simulateSeed(seed, options);
    findings.seeds += 1;
    findings.steps += result.steps;
    findings.violations += result.violations.length;
    for (const [kind, count] of Object.entries(result.faults)) {
      faults.set(kind, (faults.get(kind) ?? 0) + count);
      findings.faults += count;
    }
    const [violation] = result.violations;
    if (violation !== undefined) {
      findings.firstFailingSeed ??= seed;
      say(`seed ${seed}: ${violation.invariant}: ${violation.finding}`);
    }
    if (findings.seeds % reportEvery === 0) say(`${findings.seeds} of ${seeds} seeds, ${findings.steps} steps, ${findings.faults} faults`);
  }
  say(
    `faults: ${[...faults]
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([kind, count]) => `${kind} ${count}`)
      .join(', ')}`,
  );
  return findings;
}

function main(): void {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string' },
      first: { type: 'string' },
      seed: { type: 'string' },
      devices: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return void process.stdout.write(usage);
  const devices = wholeNumber(values.devices, 'devices');
  const options = devices === undefined ? {} : { devices };
  const seed = wholeNumber(values.seed, 'seed');
  if (seed !== undefined) {
    const result = simulateSeed(seed, options);
    process.stdout.write(storyOf(result));
    process.exitCode = result.violations.length === 0 ? 0 : 1;
    return;
  }
  const findings = runSeeds(wholeNumber(values.first, 'first') ?? 1, wholeNumber(values.seeds, 'seeds') ?? 10_000, options);
  process.exitCode = findings.violations === 0 ? 0 : 1;
  if (values.json) return void process.stdout.write(`${JSON.stringify(findings)}\n`);
  const { firstFailingSeed, violations } = findings;
  const replay = firstFailingSeed === null ? '' : ` Replay the first: npm run sim -- --seed ${firstFailingSeed}`;
  process.stdout.write(`${findings.seeds} seeds, ${findings.steps} steps, ${findings.faults} faults: ${violations} violations.${replay}\n`);
}

try {
  main();
} catch (error) {
  say(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
  process.exitCode = 2;
}
