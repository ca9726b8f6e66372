import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { freePort, startNodeChild } from '@sluice/platform/process';

const require = createRequire(import.meta.url);

/** A real Node-RED with its admin API, as somebody has it who opens a project's folder. */
export type NodeRedUnderTest = {
  address: string;
  get<T>(path: string): Promise<T>;
  /** Stops what runs, and keeps what is deployed afterwards from running: files of others may do anything. */
  stopFlows(): Promise<void>;
  /** Deploys flows. @returns Node-RED's own revision of them, as it tells it afterwards */
  deploy(flows: unknown): Promise<string>;
  close(): Promise<void>;
};

/** Starts Node-RED as `node-red --userDir <folder>` does, its settings read from the folder. */
export async function startNodeRed(folder: string, credentialSecret: string): Promise<NodeRedUnderTest> {
  const port = await freePort();
  const entry = join(dirname(require.resolve('node-red/package.json')), 'red.js');
  const child = await startNodeChild({
    name: 'node-red',
    entry,
    args: ['--userDir', folder, '--port', String(port), '-D', 'runtimeState.enabled=true', '-D', 'telemetry.enabled=false'],
    environment: { PATH: process.env['PATH'], HOME: folder, NODE_RED_CREDENTIAL_SECRET: credentialSecret },
    // It may start the flows before it listens.
    ready: { lines: [/Started flows/, /Server now running/] },
  });
  const address = `http://127.0.0.1:${port}`;
  const headers = { 'node-red-api-version': 'v2', 'content-type': 'application/json' };
  const ask = async <T>(path: string, body?: unknown): Promise<T> => {
    const response = await fetch(
      address + path,
      body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) },
    );
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  };
  return {
    address,
    get: (path) => ask(path),
    stopFlows: async () => void (await ask('/flows/state', { state: 'stop' })),
    deploy: async (flows) => {
      await ask('/flows', { flows });
      return (await ask<{ rev: string }>('/flows')).rev;
    },
    close: async () => void (await child.stop()),
  };
}
