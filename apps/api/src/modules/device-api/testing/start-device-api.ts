import { PassThrough } from 'node:stream';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { createLogger, systemClock, systemRandom } from '@sluice/platform';
import { createKeyring, createStore, masterKeysOf, type Store } from '@sluice/store';
import Fastify from 'fastify';
import { type ApiDependencies, purposeKeysOf } from '../../../dependencies.ts';
import { createMetrics } from '../../../http/metrics.ts';
import { createRouteTable } from '../../../http/route-table.ts';
import { validatorCompiler } from '../../../http/validation.ts';
import { installProblems } from '../../../problems/error-handler.ts';
import { contentLinter, instantResolver, instantTarballs } from '../../../testing/modules.ts';
import type { DeviceDesiredSettings } from '../../device-desired/index.ts';
import { registerDeviceApi } from '../index.ts';

export const masterKey = Buffer.alloc(32, 7);

/** One replica of the device API on a port of its own. */
export type DeviceApiUnderTest = {
  url: string;
  store: Store;
  /** SQL statements sent by this replica so far. */
  statements(): number;
  /** Polls that are held now. */
  heldPolls(): number;
  /** Rollouts the worker was told to look at. */
  advanced: string[];
  /** Moves this replica's wall clock. */
  jump(byMs: number): void;
  close(): Promise<void>;
};

/** Counts what any connection of the pool sends. */
function countStatements(store: Store): () => number {
  let count = 0;
  store.pool.on('connect', (client) => {
    const query = client.query.bind(client) as (...parameters: unknown[]) => unknown;
    Object.assign(client, {
      query: (...parameters: unknown[]) => {
        count += 1;
        return query(...parameters);
      },
    });
  });
  return () => count;
}

/** Starts a replica with the device API alone. */
export async function startDeviceApi(connectionString: string, settings: Partial<DeviceDesiredSettings> = {}): Promise<DeviceApiUnderTest> {
  let offsetMs = 0;
  const clock = { ...systemClock, now: () => systemClock.now() + offsetMs };
  const store = createStore({ connectionString, poolSize: 8, clock, random: systemRandom });
  const statements = countStatements(store);
  const advanced: string[] = [];
  const deps: ApiDependencies = {
    store,
    clock,
    random: systemRandom,
    keys: purposeKeysOf(masterKey),
    keyring: createKeyring({ current: masterKeysOf(masterKey), random: systemRandom }),
    jobs: {
      advanceRollout: async (rolloutId) => void advanced.push(rolloutId),
      lookAtPromotions: async () => undefined,
      pushToMirror: async () => undefined,
      importFromRemote: async () => undefined,
    },
    logger: createLogger({ name: 'device-api-test', stream: new PassThrough().resume(), pretty: false }),
    moduleResolver: instantResolver,
    tarballs: instantTarballs,
    linter: contentLinter,
    metrics: createMetrics(),
    configuration: { publicUrl: 'http://sluice.test', trustProxy: false },
  };
  const app = Fastify({ forceCloseConnections: true }).withTypeProvider<TypeBoxTypeProvider>().setValidatorCompiler(validatorCompiler);
  installProblems(app, createRouteTable());
  await app.register(async (scope: typeof app) => registerDeviceApi(scope, deps, { settings }));
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  return {
    url: `${url}/device/v1`,
    store,
    statements,
    heldPolls: () => Number(/^sluice_held_polls (\d+)$/m.exec(deps.metrics.render())?.[1]),
    advanced,
    jump: (byMs) => {
      offsetMs += byMs;
    },
    close: async () => {
      await app.close();
      await store.close();
    },
  };
}
