import { execFile } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { deriveKey, type NodeChild, startNodeChild, systemClock, systemRandom } from '@sluice/platform';
import { createApiToken } from '@sluice/store';
import { SEED_CONTEXT } from '@sluice/testkit';
import type { Benchmark, BenchmarkOptions, BenchmarkResult } from '../benchmark.ts';
import { flowsOf } from '../history/flows.ts';
import { capture, createHistoryWorld, type HistoryWorld } from '../history/world.ts';
import { median, rounded } from '../statistics.ts';

const snapshots = 1_000;
const nodes = 200;
const clonesPerRound = 3;

const entries = {
  api: fileURLToPath(new URL('../../apps/api/src/main.ts', import.meta.url)),
  stock: fileURLToPath(new URL('stock-server.ts', import.meta.url)),
};

function start(name: keyof typeof entries, environment: Record<string, string>): Promise<NodeChild> {
  const production = { PATH: process.env['PATH'], HOME: process.env['HOME'], NODE_ENV: 'production', ...environment };
  return startNodeChild({ name, entry: entries[name], environment: production, ready: 'message' });
}

/** An API token as the api issues it (JWT, HS256). */
async function tokenFor({ store, repository }: HistoryWorld, masterKey: Buffer): Promise<string> {
  const { organizationId } = repository;
  const input = { name: 'bench', role: 'viewer', expiresAt: null } as const;
  const { id } = await store.transaction((tx) => createApiToken(tx, organizationId, input, SEED_CONTEXT));
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = { org: organizationId, iat: Math.floor(systemClock.now() / 1000), iss: 'sluice', aud: 'sluice-api', jti: id };
  const content = `${encode({ alg: 'HS256', typ: 'sluice-api+jwt' })}.${encode(claims)}`;
  return `${content}.${createHmac('sha256', deriveKey(masterKey, 'jwt-api')).update(content).digest('base64url')}`;
}

async function git(folder: string, ...args: string[]): Promise<string> {
  const env = { PATH: process.env['PATH'], HOME: folder, GIT_CONFIG_NOSYSTEM: '1', GIT_TERMINAL_PROMPT: '0' };
  const { stdout } = await promisify(execFile)('git', args, { cwd: folder, env, timeout: 300_000, maxBuffer: 64 * 1024 * 1024 });
  return stdout;
}

async function cloneMs(folder: string, address: string): Promise<number> {
  const startedAt = performance.now();
  // Without a working copy: writing that is the client's own work and the same for both.
  await git(folder, 'clone', '-q', '--bare', address, 'clone.git');
  const took = performance.now() - startedAt;
  await rm(join(folder, 'clone.git'), { recursive: true });
  return took;
}

type Addresses = { ours: string; stock: string };

async function measure(folder: string, addresses: Addresses, options: BenchmarkOptions): Promise<{ oursMs: number; stockMs: number }[]> {
  const rounds: { oursMs: number; stockMs: number }[] = [];
  for (let round = 0; round < options.rounds; round += 1) {
    const measured: { ours: number[]; stock: number[] } = { ours: [], stock: [] };
    for (let clone = 0; clone < clonesPerRound; clone += 1) {
      measured.ours.push(await cloneMs(folder, addresses.ours));
      measured.stock.push(await cloneMs(folder, addresses.stock));
    }
    // The machine does other things meanwhile, and the quickest is what the code needs.
    const quickest = { oursMs: Math.min(...measured.ours), stockMs: Math.min(...measured.stock) };
    options.say(`round ${round + 1}: api ${quickest.oursMs.toFixed(0)} ms, git http-backend ${quickest.stockMs.toFixed(0)} ms`);
    rounds.push(quickest);
  }
  return rounds;
}

async function run(options: BenchmarkOptions): Promise<BenchmarkResult> {
  const world = await createHistoryWorld();
  const children: NodeChild[] = [];
  try {
    const { folder, repository } = world;
    options.say(`capturing ${snapshots} snapshots of ${nodes} nodes`);
    for (let version = 1; version <= snapshots; version += 1) await capture(world, JSON.stringify(flowsOf(nodes, version)));
    const masterKey = Buffer.from(systemRandom.randomBytes(32));
    const environment = {
      DATABASE_URL: world.connectionString,
      SLUICE_MASTER_KEY: masterKey.toString('base64'),
      SLUICE_DATA: join(folder, 'data'),
      SLUICE_PORT: '0',
      SLUICE_LOG_LEVEL: 'warn',
    };
    const api = await start('api', environment);
    const stock = await start('stock', { GIT_PROJECT_ROOT: folder });
    children.push(api, stock);
    const token = await tokenFor(world, masterKey);
    const ours = new URL(`/git/${repository.organizationId}/${repository.applicationId}.git`, String(api.readyDetails['address']));
    ours.username = 'bench';
    ours.password = token;
    // The same repository as git itself would keep it: packed as well as it can.
    await git(folder, 'clone', '-q', '--mirror', ours.href, 'stock.git');
    await git(folder, '-C', 'stock.git', 'gc', '-q');
    const addresses = { ours: ours.href, stock: `${String(stock.readyDetails['address'])}/stock.git` };
    const rounds = await measure(folder, addresses, options);
    const objects = (await git(folder, '-C', 'stock.git', 'rev-list', '--objects', '--all')).trim().split('\n').length;
    return {
      figures: {
        snapshots,
        nodes,
        objects,
        cloneMs: rounded(median(rounds.map(({ oursMs }) => oursMs))),
        stockCloneMs: rounded(median(rounds.map(({ stockMs }) => stockMs))),
        rounds: options.rounds,
      },
      ratios: { cloneToStock: rounded(median(rounds.map(({ oursMs, stockMs }) => oursMs / stockMs))) },
    };
  } finally {
    await Promise.all(children.map((child) => child.stop()));
    await world.close();
  }
}

/** A stock git client clones a history from the api, and the same from git's own server. */
export const gitClone: Benchmark = {
  name: 'git',
  summary: 'git clone of 1,000 snapshots from the api, ÷ the same repository from git http-backend (goal: at most 3).',
  run,
};
