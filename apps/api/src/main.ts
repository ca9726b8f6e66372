import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  announceReady,
  createLogger,
  createShutdown,
  type Logger,
  loadOrCreateMasterKey,
  readPreviousMasterKey,
  type Shutdown,
  systemClock,
  systemRandom,
} from '@sluice/platform';
import { applyMigrations, createKeyring, createStore, masterKeysOf } from '@sluice/store';
import { buildApp } from './app.ts';
import { type ApiEnvironment, apiConfigurationOf, readApiEnvironment } from './config.ts';
import { type ApiDependencies, purposeKeysOf } from './dependencies.ts';
import { createMetrics } from './http/metrics.ts';
import { openJobHints } from './job-hints.ts';
import { createFlowLinter } from './modules/policies/flow-linter.ts';
import { createNpmModuleResolver } from './modules/releases/npm-module-resolver.ts';
import { createNpmTarballSource } from './modules/releases/npm-tarball-source.ts';
import { ensureFirstOwner, signInLinkOf } from './owner.ts';

async function openDependencies(environment: ApiEnvironment, logger: Logger, shutdown: Shutdown): Promise<ApiDependencies> {
  const masterKey = await loadOrCreateMasterKey({
    path: join(environment.dataFolder, 'master.key'),
    environmentValue: environment.masterKey,
  });
  const previousMasterKey = readPreviousMasterKey(environment.previousMasterKey);
  await applyMigrations(environment.databaseUrl);
  const store = createStore({
    connectionString: environment.databaseUrl,
    poolSize: environment.databasePoolSize,
    applicationName: 'sluice api',
    clock: systemClock,
    random: systemRandom,
    log: logger,
  });
  shutdown.onClose('store', () => store.close());
  const jobs = openJobHints({ databaseUrl: environment.databaseUrl, redisUrl: environment.redisUrl }, logger);
  shutdown.onClose('jobs', () => jobs.close());
  const configuration = apiConfigurationOf(environment);
  const { consoleFolder, ...withoutConsole } = configuration;
  const isBuilt = consoleFolder !== undefined && existsSync(join(consoleFolder, 'index.html'));
  if (consoleFolder !== undefined && !isBuilt) logger.warn({ consoleFolder }, 'the console is not built: serving the API alone');
  const linter = createFlowLinter({ clock: systemClock });
  shutdown.onClose('linter', () => linter.close());
  const npm = { npm: environment.npm, environment: process.env, monotonic: systemClock.monotonic };
  return {
    store,
    clock: systemClock,
    random: systemRandom,
    keys: purposeKeysOf(masterKey),
    keyring: createKeyring({
      current: masterKeysOf(masterKey),
      previous: previousMasterKey && masterKeysOf(previousMasterKey),
      random: systemRandom,
    }),
    jobs,
    logger,
    moduleResolver: createNpmModuleResolver(npm),
    tarballs: createNpmTarballSource(npm),
    linter,
    metrics: createMetrics(),
    configuration: isBuilt ? configuration : withoutConsole,
  };
}

/** At the first start there is an owner to make; their sign-in link goes to whoever started this process, never into a log. */
async function ownerDetails(deps: ApiDependencies, environment: ApiEnvironment): Promise<Record<string, string>> {
  const owner = await ensureFirstOwner(deps, {
    organizationName: environment.organizationName,
    email: environment.ownerEmail,
    ...(environment.ownerPassword === undefined ? {} : { password: environment.ownerPassword }),
  });
  const token = owner?.signInToken ?? null;
  return token === null ? {} : { ownerEmail: environment.ownerEmail, signInLink: signInLinkOf(deps.configuration.publicUrl, token) };
}

async function main(): Promise<void> {
  const { values: environment, printable } = readApiEnvironment();
  const logger = createLogger({ name: 'api', level: environment.logLevel });
  logger.info({ configuration: printable }, 'starting');
  const shutdown = createShutdown({ clock: systemClock, log: logger });
  const deps = await openDependencies(environment, logger, shutdown);
  const app = await buildApp(deps);
  shutdown.onClose('http', () => app.close());
  const details = await ownerDetails(deps, environment);
  const address = await app.listen({ host: environment.host, port: environment.port });
  logger.info({ address }, 'listening');
  announceReady({ address, ...details });
}

main().catch((error: unknown) => {
  process.stderr.write(`The api could not be started: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(1);
});
