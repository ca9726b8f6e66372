import { choice, integer, LOG_LEVELS, optional, readConfiguration, text, url } from '@sluice/platform';

const fields = {
  databaseUrl: url('DATABASE_URL', ['postgres', 'postgresql']),
  databasePoolSize: integer('SLUICE_WORKER_DATABASE_POOL', { default: 8, min: 2, max: 200 }),
  redisUrl: optional(url('REDIS_URL', ['redis', 'rediss'])),
  dataFolder: text('SLUICE_DATA', { default: '.sluice' }),
  masterKey: optional(text('SLUICE_MASTER_KEY', { secret: true })),
  sweepIntervalMs: integer('SLUICE_SWEEP_INTERVAL_MS', { default: 2_000, min: 50, max: 60_000 }),
  logLevel: choice('SLUICE_LOG_LEVEL', LOG_LEVELS, { default: 'info' }),
};

/** Reads the environment of the worker process. Throws ConfigurationError with everything that is wrong in it. */
export function readWorkerEnvironment() {
  return readConfiguration(fields);
}
export type WorkerEnvironment = ReturnType<typeof readWorkerEnvironment>['values'];
