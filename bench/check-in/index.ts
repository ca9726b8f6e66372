import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type NodeChild, startNodeChild, systemRandom } from '@sluice/platform';
import { applyMigrations } from '@sluice/store';
import { startTestPostgres } from '@sluice/testkit';
import type { Benchmark, BenchmarkOptions, BenchmarkResult } from '../benchmark.ts';
import { cpuMicroseconds } from '../process-cpu.ts';
import { median, rounded } from '../statistics.ts';
import { checkInLines, seedFleet } from './fleet.ts';
import { chooseLoadGenerator, type LoadGenerator, type LoadResult } from './load.ts';
import { readShares } from './profile.ts';
import { countStatements, difference, type StatementCounter, type Statements } from './statement-counter.ts';

type Server = { child: NodeChild; address: string };
type Measurement = LoadResult & { cpuPerRequest: number };

const entries = {
  api: fileURLToPath(new URL('../../apps/api/src/main.ts', import.meta.url)),
  bare: fileURLToPath(new URL('bare-server.ts', import.meta.url)),
};
const warmUpSeconds = 3;

async function start(name: keyof typeof entries, environment: Record<string, string>, nodeArgs: readonly string[] = []): Promise<Server> {
  // Both run the same Node with the same settings, as a production start would.
  const production = { PATH: process.env['PATH'], HOME: process.env['HOME'], NODE_ENV: 'production', ...environment };
  const child = await startNodeChild({ name, entry: entries[name], nodeArgs, environment: production, ready: 'message' });
  return { child, address: String(child.readyDetails['address']) };
}

async function measure(
  generator: LoadGenerator,
  server: Server,
  load: { tokensFile: string; seconds: number; connections: number },
): Promise<Measurement> {
  const before = await cpuMicroseconds(server.child.pid);
  const result = await generator.run({ address: server.address, ...load });
  const used = (await cpuMicroseconds(server.child.pid)) - before;
  if (result.failures > 0) throw new Error(`${server.child.name}: ${result.failures} of ${result.requests} requests were not answered 304`);
  return { ...result, cpuPerRequest: used / result.requests };
}

type Bench = { options: BenchmarkOptions; generator: LoadGenerator; folder: string; tokensFile: string; counter: StatementCounter };

/** Measures both in turn, each round beginning with the other, so that what the machine does meanwhile meets both. */
async function measureRounds({ options, generator, tokensFile, counter }: Bench, servers: { api: Server; bare: Server }) {
  const load = { tokensFile, seconds: options.seconds, connections: options.connections };
  for (const server of [servers.bare, servers.api]) await measure(generator, server, { ...load, seconds: warmUpSeconds });
  const measured: Record<'api' | 'bare', Measurement[]> = { api: [], bare: [] };
  const statements: { query: string; calls: number }[] = [];
  for (let round = 0; round < options.rounds; round += 1) {
    const order = round % 2 === 0 ? (['bare', 'api'] as const) : (['api', 'bare'] as const);
    for (const side of order) {
      const before: Statements = side === 'api' ? await counter.read() : new Map();
      const result = await measure(generator, servers[side], load);
      if (side === 'api') statements.push(...difference(before, await counter.read()));
      measured[side].push(result);
      const line = `${result.requestsPerSecond.toFixed(0)} requests/s, ${result.cpuPerRequest.toFixed(2)} µs CPU per request`;
      options.say(`round ${round + 1} ${side.padEnd(4)} ${line}, p50 ${result.p50Ms} ms, p99 ${result.p99Ms} ms`);
    }
  }
  return { measured, statements };
}

function report({ options, generator }: Bench, { measured, statements }: Awaited<ReturnType<typeof measureRounds>>): BenchmarkResult {
  const { api, bare } = measured;
  const cpu = { api: median(api.map((each) => each.cpuPerRequest)), bare: median(bare.map((each) => each.cpuPerRequest)) };
  const rate = { api: median(api.map((each) => each.requestsPerSecond)), bare: median(bare.map((each) => each.requestsPerSecond)) };
  // What is compared was measured one right after the other: the machine is the same for both then, or nearly so.
  const pairs = api.flatMap((ours, round) => {
    const theirs = bare[round];
    return theirs === undefined ? [] : [{ ours, theirs }];
  });
  const requests = api.reduce((sum, each) => sum + each.requests, 0);
  const calls = statements.reduce((sum, each) => sum + each.calls, 0);
  for (const [query, same] of Map.groupBy(statements, (each) => each.query)) {
    const count = same.reduce((sum, each) => sum + each.calls, 0);
    options.say(`${String(count).padStart(6)} × ${query.replaceAll(/\s+/g, ' ').slice(0, 110)}`);
  }
  return {
    figures: {
      requestsPerSecond: rounded(rate.api),
      bareRequestsPerSecond: rounded(rate.bare),
      cpuMicrosecondsPerRequest: rounded(cpu.api),
      bareCpuMicrosecondsPerRequest: rounded(cpu.bare),
      sqlPerThousand: rounded((calls / requests) * 1000, 3),
      p50Ms: median(api.map((each) => each.p50Ms)),
      p99Ms: median(api.map((each) => each.p99Ms)),
      bareP99Ms: median(bare.map((each) => each.p99Ms)),
      devices: options.devices,
      connections: options.connections,
      rounds: options.rounds,
      seconds: options.seconds,
      requests,
      loadGenerator: generator.name,
    },
    ratios: {
      cpuPerRequest: rounded(median(pairs.map(({ ours, theirs }) => theirs.cpuPerRequest / ours.cpuPerRequest))),
      requestsPerSecond: rounded(median(pairs.map(({ ours, theirs }) => ours.requestsPerSecond / theirs.requestsPerSecond))),
    },
  };
}

/** One more run of each server under Node's sampling profiler, apart from the measurement, which it would slow down. */
async function showProfiles(
  { options, generator, folder, tokensFile }: Bench,
  environments: Record<'api' | 'bare', Record<string, string>>,
): Promise<void> {
  for (const side of ['bare', 'api'] as const) {
    const profileFolder = await mkdtemp(join(folder, `profile-${side}-`));
    const server = await start(side, environments[side], ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`]);
    const load = { tokensFile, seconds: options.seconds + warmUpSeconds, connections: options.connections };
    await generator.run({ address: server.address, ...load });
    server.child.kill('SIGINT');
    await server.child.exited;
    options.say(`What ${side === 'bare' ? 'bare Fastify' : 'the api'} spends its time on (its own time, percent):`);
    for (const { name, percent } of await readShares(profileFolder, options.seconds))
      options.say(`  ${percent.toFixed(1).padStart(5)}  ${name}`);
  }
}

async function run(options: BenchmarkOptions): Promise<BenchmarkResult> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-bench-'));
  const postgres = await startTestPostgres();
  const servers: Server[] = [];
  let counter: StatementCounter | undefined;
  try {
    await applyMigrations(postgres.connectionString);
    counter = await countStatements(postgres);
    options.say(`seeding ${options.devices} devices`);
    const { organizationId } = await seedFleet(postgres.connectionString, options.devices);
    const masterKey = Buffer.from(systemRandom.randomBytes(32));
    const environment = {
      DATABASE_URL: postgres.connectionString,
      SLUICE_MASTER_KEY: masterKey.toString('base64'),
      SLUICE_PORT: '0',
      SLUICE_DATA: folder,
      SLUICE_LOG_LEVEL: 'warn',
    };
    const environments = { api: environment, bare: {} };
    const api = await start('api', environment);
    servers.push(api);
    const bare = await start('bare', {});
    servers.push(bare);
    const tokensFile = join(folder, 'tokens.txt');
    await writeFile(tokensFile, `${(await checkInLines(postgres.connectionString, masterKey, organizationId)).join('\n')}\n`, {
      mode: 0o600,
    });
    const bench: Bench = { options, generator: chooseLoadGenerator(), folder, tokensFile, counter };
    const result = report(bench, await measureRounds(bench, { api, bare }));
    if (options.profile) await showProfiles(bench, environments);
    return result;
  } finally {
    for (const server of servers) await server.child.stop();
    await counter?.close();
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Unchanged check-ins of many devices against the real api process, beside a bare Fastify route that answers 304. */
export const checkIn: Benchmark = {
  name: 'check-in',
  summary: 'unchanged GET /device/v1/desired of many devices, beside a bare Fastify route that answers 304',
  run,
};
