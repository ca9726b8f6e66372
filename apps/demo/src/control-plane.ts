import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type NodeChild, startNodeChild } from '@sluice/platform/process';

/** The login of the demo's owner. It guards a control plane on the loopback interface with nothing but demo data. */
export const demoLogin = { email: 'owner@demo.example', password: 'sluice-demo-owner' };

export type ControlPlane = { origin: string; stop(): Promise<void> };

const launcher = fileURLToPath(new URL('../../standalone/src/main.ts', import.meta.url));

/** Removes what the control plane of an earlier run left in the folder, its database included. */
export async function resetControlPlane(folder: string, environment: Record<string, string | undefined>): Promise<void> {
  const child = await startNodeChild({
    name: 'reset',
    entry: launcher,
    args: ['reset'],
    environment: { ...environment, SLUICE_DATA: folder },
    ready: 'none',
  });
  const { code } = await child.exited;
  if (code !== 0) throw new Error(`The data in ${folder} could not be removed; remove the folder by hand.`);
}

/** Starts the whole control plane (Postgres, api, worker) as `npm start` does, in a process of its own. */
export async function startControlPlane(options: {
  folder: string;
  port: number;
  environment: Record<string, string | undefined>;
  say: (sentence: string) => void;
}): Promise<ControlPlane> {
  let stopping = false;
  await mkdir(join(options.folder, 'logs'), { recursive: true });
  const log = createWriteStream(join(options.folder, 'logs', 'control-plane.log'), { flags: 'a' });
  const child: NodeChild = await startNodeChild({
    name: 'control plane',
    entry: launcher,
    environment: {
      ...options.environment,
      SLUICE_DATA: options.folder,
      SLUICE_PORT: String(options.port),
      SLUICE_OWNER_EMAIL: demoLogin.email,
      SLUICE_OWNER_PASSWORD: demoLogin.password,
      SLUICE_ORGANIZATION: 'Aquaterra Bottling',
    },
    ready: 'message',
    readyTimeoutMs: 120_000,
    onLine: (line, source) => (source === 'stdout' ? options.say(line) : log.write(`${line}\n`)),
  });
  void child.exited.then(
    ({ code, signal }) => stopping || options.say(`The control plane ended unexpectedly (${signal ?? `code ${code}`}).`),
  );
  return {
    origin: `http://127.0.0.1:${options.port}`,
    stop: async () => {
      stopping = true;
      await child.stop(30_000);
      log.end();
    },
  };
}
