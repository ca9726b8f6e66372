import { mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createLineLog } from '@sluice/platform';
import { systemClock } from '@sluice/platform/clock';
import { announceReady } from '@sluice/platform/process';
import { createShutdown } from '@sluice/platform/shutdown';
import { removeEmbeddedPostgres } from '@sluice/store/embedded';
import { briefReason } from './brief-reason.ts';
import { readStandaloneEnvironment, type StandaloneEnvironment } from './config.ts';
import { startControlPlane } from './control-plane.ts';

const say = (sentence: string): void => void process.stdout.write(`${sentence}\n`);
const writeLog = (line: string): void => void process.stderr.write(`${line}\n`);
const complain = (error: unknown): void => writeLog(`The control plane could not be started: ${briefReason(error)}`);

/** Removes everything that a control plane keeps in its data folder. */
async function reset({ dataFolder }: StandaloneEnvironment): Promise<void> {
  await removeEmbeddedPostgres(join(dataFolder, 'postgres'));
  await rm(join(dataFolder, 'master.key'), { force: true });
  say(`Removed the control plane's data in ${dataFolder}.`);
}

async function start(configuration: StandaloneEnvironment): Promise<void> {
  const log = createLineLog({ name: 'standalone', now: systemClock.now, write: (line) => void process.stderr.write(line) });
  const shutdown = createShutdown({ clock: systemClock, log, timeoutMs: 30_000 });
  // Registered first, so said last.
  shutdown.onClose('farewell', () => say(`Sluice has stopped. Its data is kept in ${configuration.dataFolder}.`));
  shutdown.signal.addEventListener('abort', () => say('Stopping Sluice …'), { once: true });
  try {
    const controlPlane = await startControlPlane({ configuration, environment: process.env, shutdown, say, log: writeLog });
    const { signInLink } = controlPlane.api.details();
    say(`Sluice is up: ${controlPlane.address}  (API: ${controlPlane.address}/api/docs)`);
    if (typeof signInLink === 'string')
      say(`Nobody has signed in yet: open this link once to choose your password, it works for 24 hours:\n  ${signInLink}`);
    announceReady({ address: controlPlane.address, ...(typeof signInLink === 'string' ? { signInLink } : {}) });
  } catch (error) {
    // Asked to end while starting: nothing went wrong.
    if (!shutdown.signal.aborted) complain(error);
    await shutdown.shutdown('the control plane could not be started', 1);
  }
}

async function main(): Promise<void> {
  const read = readStandaloneEnvironment();
  const configuration = { ...read, dataFolder: resolve(read.dataFolder) };
  await mkdir(configuration.dataFolder, { recursive: true, mode: 0o755 });
  if (process.argv[2] === 'reset') await reset(configuration);
  else await start(configuration);
}

main().catch((error: unknown) => {
  complain(error);
  process.exit(1);
});
