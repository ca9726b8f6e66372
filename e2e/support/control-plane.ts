import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '@sluice/platform/clock';
import { freePort, startNodeChild } from '@sluice/platform/process';
import { systemRandom } from '@sluice/platform/random';
import { createStore, type Store } from '@sluice/store';
import { startTestPostgres, startTinyRegistry } from '@sluice/testkit';
import { runtimeVersion } from './releases.ts';

const launcher = fileURLToPath(new URL('../../apps/standalone/src/main.ts', import.meta.url));

export const ownerLogin = { email: 'owner@aquaterra.example', password: 'correct-horse-battery' };

export type ControlPlane = {
  origin: string;
  /** The database behind it, for what no person could cause through the API. */
  store: Store;
  /** The sign-in link that a first start prints; undefined when the owner was given a password. */
  signInLink: string | undefined;
  /** Its last lines, for the report of a failed test. */
  output(): string;
  stop(): Promise<void>;
};

const outputLinesMax = 200;

/** Starts Postgres, api and worker as `npm start` does, on free ports and with data that is gone afterwards. */
export async function startControlPlane(options: { withOwner: boolean }): Promise<ControlPlane> {
  const postgres = await startTestPostgres();
  const registry = await startTinyRegistry({ 'node-red': runtimeVersion });
  const folder = await mkdtemp(join(tmpdir(), 'sluice-e2e-'));
  await chmod(folder, 0o755);
  const port = await freePort();
  const lines: string[] = [];
  const owner = options.withOwner ? { SLUICE_OWNER_EMAIL: ownerLogin.email, SLUICE_OWNER_PASSWORD: ownerLogin.password } : {};
  const child = await startNodeChild({
    name: 'control plane',
    entry: launcher,
    environment: {
      ...process.env,
      ...owner,
      ...registry.environment(join(folder, 'npm-cache')),
      DATABASE_URL: postgres.connectionString,
      SLUICE_DATA: folder,
      SLUICE_PORT: String(port),
      SLUICE_ORGANIZATION: 'Aquaterra Bottling',
    },
    ready: 'message',
    readyTimeoutMs: 120_000,
    onLine: (line) => {
      lines.push(line);
      if (lines.length > outputLinesMax) lines.shift();
    },
  });
  const store = createStore({ connectionString: postgres.connectionString, clock: systemClock, random: systemRandom, poolSize: 2 });
  const { signInLink } = child.readyDetails;
  return {
    origin: `http://127.0.0.1:${port}`,
    store,
    signInLink: typeof signInLink === 'string' ? signInLink : undefined,
    output: () => lines.join('\n'),
    stop: async () => {
      await store.close();
      await child.stop(30_000);
      await registry.close();
      await postgres.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
