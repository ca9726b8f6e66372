import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '@sluice/platform/clock';
import type { Shutdown } from '@sluice/platform/shutdown';
import { applyMigrations, StoreUnavailableError } from '@sluice/store';
import { startEmbeddedPostgres } from '@sluice/store/embedded';
import { briefReason } from './brief-reason.ts';
import type { StandaloneEnvironment } from './config.ts';
import { requireFreePort } from './free-port.ts';
import { keepPostgres } from './keep-postgres.ts';
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

/** Starts a part of the control plane and stops it at the shutdown, also at one that begins while the part is still starting. */
function startPart<P extends { stop(): Promise<void> }>(shutdown: Shutdown, name: string, start: () => Promise<P>): Promise<P> {
  shutdown.signal.throwIfAborted();
  const starting = start();
  shutdown.onClose(name, async () => {
    const part = await starting.catch(() => undefined);
    await part?.stop();
  });
  return starting;
}

async function startPostgres({ configuration, shutdown, say }: ControlPlaneOptions): Promise<string> {
  const folder = join(configuration.dataFolder, 'postgres');
  const postgres = await startPart(shutdown, 'Postgres', () =>
    startEmbeddedPostgres({ folder, onProgress: (message) => say(`${sentenceCase(message)} …`) }),
  );
  keepPostgres(postgres, { signal: shutdown.signal, clock: systemClock, say }).catch((error: unknown) => {
    say(`Postgres could not be started again: ${briefReason(error)}`);
    return shutdown.shutdown('Postgres is gone', 1);
  });
  return postgres.connectionString;
}

const sentenceCase = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Brings the database up to date. @throws Error that names a database of the user's own which cannot be reached; MigrationError */
async function migrate(databaseUrl: string, { configuration, say }: ControlPlaneOptions): Promise<void> {
  try {
    const applied = await applyMigrations(databaseUrl);
    if (applied.length > 0) say(`The database is up to date (${applied.length} migrations applied).`);
  } catch (error) {
    if (configuration.databaseUrl === undefined || !(error instanceof StoreUnavailableError)) throw error;
    const { host, pathname } = new URL(databaseUrl);
    const address = `${host}${pathname}`;
    throw new Error(`The database ${address} cannot be reached: check DATABASE_URL, and whether Postgres runs there.`, { cause: error });
  }
}

/**
 * Starts the control plane on one machine: Postgres (a private one, unless DATABASE_URL names another), migrations, api, worker.
 * Everything is registered with `shutdown`; what ends unexpectedly is started again.
 * @throws ListenError, EmbeddedPostgresError, ChildStartError …: what was started until then is ended by `shutdown`
 */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { configuration, shutdown, say, log } = options;
  const { signal } = shutdown;
  await requireFreePort(configuration, { clock: systemClock, signal, say });
  const databaseUrl = configuration.databaseUrl ?? (await startPostgres(options));
  signal.throwIfAborted();
  await migrate(databaseUrl, options);
  const environment = {
    ...options.environment,
    DATABASE_URL: databaseUrl,
    SLUICE_DATA: configuration.dataFolder,
    SLUICE_CONSOLE_DIR: consoleFolder,
  };
  const start = (name: string, entry: string): Promise<SupervisedProcess> =>
    startPart(shutdown, name, () => superviseProcess({ name, entry, environment, ready: 'message', onLine: log }, say));
  const api = await start('api', apiEntry);
  const worker = await start('worker', workerEntry);
  return { address: `http://${configuration.host}:${configuration.port}`, api, worker };
}
