import { choice, type Field, integer, LOG_LEVELS, optional, readConfiguration, text, url } from '@sluice/platform';
import { deviceWatchDefault } from './webhooks/loops.ts';
import { webhookTargets } from './webhooks/targets.ts';

/** Addresses, subnets and host names, with commas between them. */
function networks(variable: string): Field<readonly string[]> {
  return {
    variable,
    secret: false,
    parse: (raw = '') => {
      const entries = raw.split(',').flatMap((each) => each.trim() || []);
      webhookTargets(entries);
      return entries;
    },
  };
}

const fields = {
  databaseUrl: url('DATABASE_URL', ['postgres', 'postgresql']),
  databasePoolSize: integer('SLUICE_WORKER_DATABASE_POOL', { default: 8, min: 2, max: 200 }),
  redisUrl: optional(url('REDIS_URL', ['redis', 'rediss'])),
  dataFolder: text('SLUICE_DATA', { default: '.sluice' }),
  masterKey: optional(text('SLUICE_MASTER_KEY', { secret: true })),
  previousMasterKey: optional(text('SLUICE_MASTER_KEY_PREVIOUS', { secret: true })),
  sweepIntervalMs: integer('SLUICE_SWEEP_INTERVAL_MS', { default: 2_000, min: 50, max: 60_000 }),
  webhookNetworks: networks('SLUICE_WEBHOOK_ALLOWED_NETWORKS'),
  deviceOfflineAfterMs: integer('SLUICE_DEVICE_OFFLINE_AFTER_MS', {
    default: deviceWatchDefault.offlineAfterMs,
    min: 1_000,
    max: 30 * 86_400_000,
  }),
  deviceUnhealthyAfterMs: integer('SLUICE_DEVICE_UNHEALTHY_AFTER_MS', {
    default: deviceWatchDefault.unhealthyAfterMs,
    min: 0,
    max: 30 * 86_400_000,
  }),
  deviceWatchIntervalMs: integer('SLUICE_DEVICE_WATCH_INTERVAL_MS', { default: deviceWatchDefault.intervalMs, min: 50, max: 3_600_000 }),
  logLevel: choice('SLUICE_LOG_LEVEL', LOG_LEVELS, { default: 'info' }),
};

/** Reads the environment of the worker process. Throws ConfigurationError with everything that is wrong in it. */
export function readWorkerEnvironment() {
  return readConfiguration(fields);
}
export type WorkerEnvironment = ReturnType<typeof readWorkerEnvironment>['values'];
