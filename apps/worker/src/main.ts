import { join } from 'node:path';
import {
  announceReady,
  createLogger,
  createShutdown,
  deriveKey,
  loadOrCreateMasterKey,
  readPreviousMasterKey,
  systemClock,
  systemRandom,
} from '@sluice/platform';
import { applyMigrations, createKeyring, createStore, masterKeysOf } from '@sluice/store';
import { startWorker } from './app.ts';
import { readWorkerEnvironment } from './config.ts';

async function main(): Promise<void> {
  const { values: environment, printable } = readWorkerEnvironment();
  const log = createLogger({ name: 'worker', level: environment.logLevel });
  log.info({ configuration: printable }, 'starting');
  const shutdown = createShutdown({ clock: systemClock, log });
  const masterKey = await loadOrCreateMasterKey({
    path: join(environment.dataFolder, 'master.key'),
    environmentValue: environment.masterKey,
  });
  const previousMasterKey = readPreviousMasterKey(environment.previousMasterKey);
  await applyMigrations(environment.databaseUrl);
  const store = createStore({
    connectionString: environment.databaseUrl,
    poolSize: environment.databasePoolSize,
    applicationName: 'sluice worker',
    clock: systemClock,
    random: systemRandom,
    log,
  });
  shutdown.onClose('store', () => store.close());
  const worker = startWorker({
    store,
    clock: systemClock,
    random: systemRandom,
    log,
    queue: environment.redisUrl === undefined ? { connectionString: environment.databaseUrl } : { redisUrl: environment.redisUrl },
    keyring: createKeyring({
      current: masterKeysOf(masterKey),
      previous: previousMasterKey && masterKeysOf(previousMasterKey),
      random: systemRandom,
    }),
    saltKey: deriveKey(masterKey, 'configuration-salt'),
    sweepIntervalMs: environment.sweepIntervalMs,
    webhookNetworks: environment.webhookNetworks,
    deviceWatch: {
      offlineAfterMs: environment.deviceOfflineAfterMs,
      unhealthyAfterMs: environment.deviceUnhealthyAfterMs,
      intervalMs: environment.deviceWatchIntervalMs,
    },
  });
  shutdown.onClose('worker', () => worker.close());
  log.info({}, 'working');
  announceReady();
}

main().catch((error: unknown) => {
  process.stderr.write(`The worker could not be started: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
