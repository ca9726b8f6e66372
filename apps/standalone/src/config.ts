import { integer, optional, readConfiguration, text, url } from '@sluice/platform';

const fields = {
  host: text('SLUICE_HOST', { default: '127.0.0.1' }),
  port: integer('SLUICE_PORT', { default: 3400, min: 1, max: 65_535 }),
  dataFolder: text('SLUICE_DATA', { default: '.sluice' }),
  databaseUrl: optional(url('DATABASE_URL', ['postgres', 'postgresql'])),
  redisUrl: optional(url('REDIS_URL', ['redis', 'rediss'])),
};

/** Reads the environment of the launcher. Throws ConfigurationError with everything that is wrong in it. */
export function readStandaloneEnvironment() {
  return readConfiguration(fields).values;
}
export type StandaloneEnvironment = ReturnType<typeof readStandaloneEnvironment>;
