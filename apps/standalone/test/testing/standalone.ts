import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '@sluice/platform/clock';
import { freePort, type NodeChild, startNodeChild } from '@sluice/platform/process';
import { systemRandom } from '@sluice/platform/random';
import { waitFor } from '@sluice/platform/testing';
import { createStore, type Store } from '@sluice/store';
import { removeEmbeddedPostgres } from '@sluice/store/embedded';
import { startTinyRegistry, type TinyRegistry } from '@sluice/testkit';
import { processesOf } from './processes.ts';

const entry = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/** Signs in to every control plane that these tests start with a password. */
export const owner = { email: 'owner@plant.example', password: 'a password for tests only' };

/** The parts of a control plane that a test may kill. */
export type Part = 'api' | 'worker' | 'postgres';

/** A control plane as `npm start` runs it, with a data folder and a port of its own. */
export type Standalone = {
  readonly folder: string;
  readonly origin: string;
  readonly child: NodeChild;
  /** What it said to people so far. */
  said(): string[];
  /** The process id of a part; waits while it is being started again. */
  pidOf(part: Part): Promise<number>;
  /** Kills a part, or sends it another signal. */
  kill(part: Part, signal?: NodeJS.Signals): Promise<void>;
};

const marks: Record<Part, RegExp> = {
  api: /apps\/api\/src\/main\.ts/,
  worker: /apps\/worker\/src\/main\.ts/,
  postgres: /bin\/postgres -D/,
};

/** An empty data folder that the account of Postgres may enter, too. */
export async function makeDataFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-system-'));
  await chmod(folder, 0o755);
  return folder;
}

/** Removes a data folder, wherever Postgres keeps its part of it. */
export async function removeDataFolder(folder: string): Promise<void> {
  await removeEmbeddedPostgres(join(folder, 'postgres'));
  await rm(folder, { recursive: true, force: true });
}

/** The environment of the tests without what would change the control plane, with a registry of its own: nothing here needs the network. */
function environmentOf(folder: string, port: number, more: Record<string, string>): Record<string, string | undefined> {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(SLUICE_|DATABASE_URL$|REDIS_URL$)/.test(name));
  return {
    ...Object.fromEntries(inherited),
    SLUICE_DATA: folder,
    SLUICE_PORT: String(port),
    SLUICE_LOG_LEVEL: 'warn',
    ...more,
  };
}

/** The runtime of the releases that these tests publish. */
export const runtimeVersion = '5.0.7';

let registry: TinyRegistry | undefined;

export type StandaloneOptions = {
  folder: string;
  port?: number;
  /** With a password the owner can sign in at once; false: the control plane makes a sign-in link, as at a first start. */
  ownerPassword?: boolean;
  environment?: Record<string, string>;
};

/** Starts it and waits until it is ready. @throws ChildStartError with what it said */
export async function startStandalone(options: StandaloneOptions): Promise<Standalone> {
  const { folder, port = await freePort(), ownerPassword = true } = options;
  const lines: string[] = [];
  registry ??= await startTinyRegistry({ 'node-red': runtimeVersion });
  const credentials = { SLUICE_OWNER_EMAIL: owner.email, ...(ownerPassword ? { SLUICE_OWNER_PASSWORD: owner.password } : {}) };
  const child = await startNodeChild({
    name: 'standalone',
    entry,
    environment: environmentOf(folder, port, {
      ...registry.environment(join(folder, 'npm-cache')),
      ...credentials,
      ...options.environment,
    }),
    ready: 'message',
    onLine: (line, source) => void (source === 'stdout' && lines.push(line)),
  });
  const pidOf = (part: Part): Promise<number> =>
    waitFor(`the ${part} to run`, () => {
      const found = processesOf(folder).find(({ parent, commandLine }) => parent === child.pid && marks[part].test(commandLine));
      return found?.pid;
    });
  return {
    folder,
    origin: `http://127.0.0.1:${port}`,
    child,
    said: () => [...lines],
    pidOf,
    kill: async (part, signal = 'SIGKILL') => void process.kill(await pidOf(part), signal),
  };
}

/** Looks into the control plane's own database, past its API. */
export async function openDatabase(folder: string): Promise<Store> {
  const password = (await readFile(join(folder, 'postgres', 'password'), 'utf8')).trim();
  const socket = encodeURIComponent(join(folder, 'postgres', 'run'));
  return createStore({
    connectionString: `postgresql://sluice:${password}@localhost:5432/sluice?host=${socket}`,
    poolSize: 2,
    clock: systemClock,
    random: systemRandom,
  });
}
