import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Shutdown } from '@sluice/platform/shutdown';
import { applyMigrations } from '@sluice/store';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@sluice/store/embedded';
import type { StandaloneEnvironment } from './config.ts';
import { type SupervisedProcess, superviseProcess } from './supervised-process.ts';

const apiEntry = fileURLToPath(new URL('../../api/src/main.ts', import.meta.url));
const workerEntry = fileURLToPath(new URL('../../worker/src/main.ts', import.meta.url));
const consoleFolder = fileURLToPath(new URL('../../console/dist', import.meta.url));

export type ControlPlaneOptions = {
  configuration: StandaloneEnvironment;
  /** The environment that api and worker get, besides what the launcher decides. */
  environment: Record<string, string | undefined>;
  shutdown: Shutdown;
  /** Sentences for people. */
  say: (sentence: string) => void;
  /** Lines of the logs of api and worker. */
  log: (line: string) => void;
};

export type ControlPlane = { address: string; api: SupervisedProcess; worker: SupervisedProcess };

/** Watches a Postgres of our own: without it nothing works, so its unexpected end is answered by a restart. */
function keepPostgres(postgres: EmbeddedPostgres, { shutdown, say }: ControlPlaneOptions): void {
  const watch = async (): Promise<void> => {
    while (!shutdown.signal.aborted) {
      await postgres.exited();
      if (shutdown.signal.aborted) return;
      say('Postgres ended unexpectedly; starting it again. Its data is safe.');
      await postgres.restart();
    }
  };
  watch().catch((error: unknown) => shutdown.shutdown(`Postgres could not be started again: ${String(error)}`, 1));
}

async function startPostgres(options: ControlPlaneOptions): Promise<string> {
  const { configuration, shutdown, say } = options;
  const postgres = await startEmbeddedPostgres({
    folder: join(configuration.dataFolder, 'postgres'),
    onProgress: (message) => say(`${message} …`),
  });
  shutdown.onClose('Postgres', () => postgres.stop());
  keepPostgres(postgres, options);
  return postgres.connectionString;
}

/**
 * Starts the control plane on one machine: Postgres (a private one, unless DATABASE_URL names another), migrations, api, worker.
 * Everything is registered with `shutdown`; api and worker are started again when they end unexpectedly.
 */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { configuration, shutdown, say, log } = options;
  const databaseUrl = configuration.databaseUrl ?? (await startPostgres(options));
  const applied = await applyMigrations(databaseUrl);
  if (applied.length > 0) say(`The database is up to date (${applied.length} migrations applied).`);
  const environment = {
    ...options.environment,
    DATABASE_URL: databaseUrl,
    SLUICE_DATA: configuration.dataFolder,
    SLUICE_CONSOLE_DIR: consoleFolder,
  };
  const start = async (name: string, entry: string): Promise<SupervisedProcess> => {
    const supervised = await superviseProcess({ name, entry, environment, ready: 'message', onLine: log }, say);
    shutdown.onClose(name, () => supervised.stop());
    return supervised;
  };
  const api = await start('api', apiEntry);
  const worker = await start('worker', workerEntry);
  return { address: `http://${configuration.host}:${configuration.port}`, api, worker };
}
