import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type NodeChild, startNodeChild } from '@sluice/platform';
import { createTestDatabase, type TestDatabase } from '@sluice/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';

let database: TestDatabase;
let dataFolder: string;
const started: NodeChild[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  dataFolder = await mkdtemp(join(tmpdir(), 'sluice-api-'));
});
afterAll(async () => {
  await Promise.all(started.map((child) => child.stop()));
  await database.drop();
  await rm(dataFolder, { recursive: true });
});

async function startProcess(environment: Record<string, string> = {}): Promise<{ child: NodeChild; address: string; output: string[] }> {
  const output: string[] = [];
  const child = await startNodeChild({
    name: 'api',
    entry: fileURLToPath(new URL('main.ts', import.meta.url)),
    environment: {
      PATH: process.env['PATH'],
      DATABASE_URL: database.connectionString,
      SLUICE_DATA: dataFolder,
      SLUICE_PORT: '0',
      ...environment,
    },
    ready: 'message',
    onLine: (line) => output.push(line),
  });
  started.push(child);
  return { child, address: String(child.readyDetails['address']), output };
}

it('when the process starts for the first time, whoever started it gets a sign-in link, and no log has it', async () => {
  const { child, address, output } = await startProcess({ SLUICE_PUBLIC_URL: 'https://sluice.example' });
  const link = String(child.readyDetails['signInLink']);
  expect(link).toMatch(/^https:\/\/sluice\.example\/sign-in\/link#token=[A-Za-z0-9_-]{43}$/);
  expect(output.join('\n')).not.toContain(link.split('#token=')[1]);
  const token = new URLSearchParams(new URL(link).hash.slice(1)).get('token');
  const signedIn = await fetch(`${address}/api/v1/sessions/link`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token, password: 'chosen with the link' }),
  });
  expect(signedIn.status).toBe(201);
  // People reach it through https, so the cookie must not travel without.
  expect(signedIn.headers.get('set-cookie')).toContain('Secure');
  child.kill('SIGTERM');
  expect(await child.exited).toEqual({ code: 0, signal: null });
});

it('when the process is killed and started again, it finds its owner and its keys', async () => {
  const first = await startProcess();
  expect(first.child.readyDetails).not.toHaveProperty('signInLink');
  first.child.kill('SIGKILL');
  await first.child.exited;
  const { address } = await startProcess();
  const signedIn = await fetch(`${address}/api/v1/sessions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: 'owner@localhost', password: 'chosen with the link' }),
  });
  expect(signedIn.status).toBe(201);
  expect((await fetch(`${address}/readyz`)).status).toBe(200);
});

it('when the environment is wrong, the process says all that is wrong with it and ends', async () => {
  await expect(startProcess({ SLUICE_PORT: 'x', DATABASE_URL: 'mysql://x' })).rejects.toThrow(
    /SLUICE_PORT[\s\S]*DATABASE_URL|DATABASE_URL[\s\S]*SLUICE_PORT/,
  );
});
