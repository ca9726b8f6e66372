// Starting, stopping, and what a person reads when something is in the way.
import { createServer, type Server } from 'node:net';
import type { Application, Me, Page } from '@sluice/contracts';
import { freePort } from '@sluice/platform/process';
import { waitFor } from '@sluice/platform/testing';
import { createControlPlaneClient } from '@sluice/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { processesOf } from './testing/processes.ts';
import { makeDataFolder, owner, removeDataFolder, type Standalone, startStandalone } from './testing/standalone.ts';

let folder: string;
beforeAll(async () => {
  folder = await makeDataFolder();
});
afterAll(() => removeDataFolder(folder));

const signInLinksOf = (standalone: Standalone): string[] =>
  standalone.said().flatMap((line) => line.match(/http\S+\/sign-in\/link#\S+/) ?? []);

/** The token stands behind `#`, alone or named. */
function tokenOf(link: string): string {
  const { hash } = new URL(link);
  return hash.replace(/^#(token=)?/, '');
}

async function stop({ child }: Standalone): Promise<void> {
  child.kill('SIGTERM');
  expect(await child.exited).toEqual({ code: 0, signal: null });
  expect(processesOf(folder)).toEqual([]);
}

it('when it starts for the first time, it prints a link that works once; later starts print none and find all data', async () => {
  const first = await startStandalone({ folder, ownerPassword: false });
  const links = signInLinksOf(first);
  expect(links).toHaveLength(1);
  const request = { token: tokenOf(links[0] ?? ''), password: owner.password };
  const client = createControlPlaneClient(first.origin);
  const used = await client.request<Me>('POST', '/api/v1/sessions/link', request);
  expect([used.status, used.body.email]).toEqual([201, owner.email]);
  const again = await client.request('POST', '/api/v1/sessions/link', request);
  expect([again.status, again.problem.code]).toEqual([401, 'CREDENTIALS_WRONG']);
  await client.signIn(owner);
  const application = await client.post<Application>('/applications', { name: 'kept' });
  await stop(first);

  const second = await startStandalone({ folder, ownerPassword: false });
  expect(signInLinksOf(second)).toEqual([]);
  const returning = createControlPlaneClient(second.origin);
  await returning.signIn(owner);
  const { items } = await returning.get<Page<Application>>('/applications');
  expect(items).toEqual([application]);
  await stop(second);
  expect(second.said().at(-1)).toBe(`Sluice has stopped. Its data is kept in ${folder}.`);
});

it('when it is told to stop while it is still starting, it stops, and nothing goes on without it', async () => {
  const starting = startStandalone({ folder });
  starting.catch(() => undefined);
  const launcher = await waitFor(
    'Postgres to start',
    () => processesOf(folder).find(({ commandLine }) => /bin\/postgres -D/.test(commandLine))?.parent,
  );
  process.kill(launcher, 'SIGTERM');
  await expect(starting).rejects.toThrow('standalone ended before it was ready (code 0)');
  expect(processesOf(folder)).toEqual([]);
});

it('when its port is taken, it says which and what to do, and leaves nothing running', async () => {
  const server = await new Promise<Server>((resolve) => {
    const listening = createServer().listen(0, '127.0.0.1', () => resolve(listening));
  });
  const { port } = server.address() as { port: number };
  const starting = startStandalone({ folder, port });
  await expect(starting).rejects.toThrow(/ended before it was ready \(code 1\)/);
  await expect(starting).rejects.toThrow(`Port ${port} of 127.0.0.1 is in use by another program`);
  await expect(starting).rejects.toThrow(`SLUICE_PORT=${port + 1} npm start`);
  expect(processesOf(folder)).toEqual([]);
  await new Promise((resolve) => server.close(resolve));
});

it('when its database cannot be reached, it says which, without its password', async () => {
  const port = await freePort();
  const starting = startStandalone({ folder, environment: { DATABASE_URL: `postgresql://sluice:hush@127.0.0.1:${port}/plant` } });
  await expect(starting).rejects.toThrow(`The database 127.0.0.1:${port}/plant cannot be reached: check DATABASE_URL`);
  await expect(starting).rejects.not.toThrow('hush');
  expect(processesOf(folder)).toEqual([]);
});
