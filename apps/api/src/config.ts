import { choice, flag, integer, LOG_LEVELS, optional, readConfiguration, text, url } from '@sluice/platform';

const fields = {
  host: text('SLUICE_HOST', { default: '127.0.0.1' }),
  port: integer('SLUICE_PORT', { default: 3400, min: 0, max: 65_535 }),
  publicUrl: optional(url('SLUICE_PUBLIC_URL', ['http', 'https'])),
  databaseUrl: url('DATABASE_URL', ['postgres', 'postgresql']),
  databasePoolSize: integer('SLUICE_DATABASE_POOL', { default: 10, min: 2, max: 200 }),
  redisUrl: optional(url('REDIS_URL', ['redis', 'rediss'])),
  dataFolder: text('SLUICE_DATA', { default: '.sluice' }),
  masterKey: optional(text('SLUICE_MASTER_KEY', { secret: true })),
  previousMasterKey: optional(text('SLUICE_MASTER_KEY_PREVIOUS', { secret: true })),
  consoleFolder: optional(text('SLUICE_CONSOLE_DIR')),
  trustProxy: flag('SLUICE_TRUST_PROXY', { default: false }),
  logLevel: choice('SLUICE_LOG_LEVEL', LOG_LEVELS, { default: 'info' }),
  npm: text('SLUICE_NPM', { default: 'npm' }),
  ownerEmail: text('SLUICE_OWNER_EMAIL', { default: 'owner@localhost' }),
  ownerPassword: optional(text('SLUICE_OWNER_PASSWORD', { secret: true })),
  organizationName: text('SLUICE_ORGANIZATION', { default: 'Main organization' }),
};

/** What the HTTP face itself needs to know; the rest of the environment goes to `main.ts` only. */
export type ApiConfiguration = {
  /** Where people reach this control plane, e.g. `https://sluice.example`; decides whether cookies are marked `Secure`. */
  publicUrl: string;
  /** The folder of the built console; undefined: the API alone. */
  consoleFolder?: string;
  /** Whether `X-Forwarded-*` of the peer is believed. */
  trustProxy: boolean;
};

/** Reads the environment of the api process. Throws ConfigurationError with everything that is wrong in it. */
export function readApiEnvironment() {
  return readConfiguration(fields);
}
export type ApiEnvironment = ReturnType<typeof readApiEnvironment>['values'];

/** The part of the environment that `buildApp` takes. */
export function apiConfigurationOf(environment: ApiEnvironment): ApiConfiguration {
  return {
    publicUrl: environment.publicUrl ?? `http://${environment.host}:${environment.port}`,
    ...(environment.consoleFolder === undefined ? {} : { consoleFolder: environment.consoleFolder }),
    trustProxy: environment.trustProxy,
  };
}
