import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from '@sluice/platform/testing';
import { applyMigrations } from '@sluice/store';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@sluice/store/embedded';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ApiUnderTest, startApi } from './testing/start-api.ts';

let folder: string;
let postgres: EmbeddedPostgres;
let api: ApiUnderTest;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-outage-'));
  postgres = await startEmbeddedPostgres({ folder, durability: 'none' });
  await applyMigrations(postgres.connectionString);
  api = await startApi({ database: { connectionString: postgres.connectionString, drop: async () => undefined } });
});
afterAll(async () => {
  await api.close();
  await postgres.stop();
  await rm(folder, { recursive: true });
});

it('when the database is restarted, answers meanwhile are 503 and say when to come back, and what was acknowledged is still there', async () => {
  const { id } = await api.owner.post<{ id: string }>('/applications', { name: 'before' });
  await postgres.stop();
  const ready = await api.app.inject({ url: '/readyz' });
  expect([ready.statusCode, ready.headers['retry-after']]).toEqual([503, '2']);
  for (const [method, path] of [
    ['GET', '/applications'],
    ['POST', '/applications'],
  ] as const) {
    const answer = await api.owner.request(method, path, method === 'POST' ? { name: 'meanwhile' } : undefined);
    expect(answer.problem).toMatchObject({ status: 503, code: 'UNAVAILABLE' });
    expect(answer.headers['retry-after']).toBe('2');
  }
  expect((await api.app.inject({ url: '/healthz' })).statusCode).toBe(200);
  await postgres.restart();
  await waitFor('the API to be ready again', async () => (await api.app.inject({ url: '/readyz' })).statusCode === 200);
  expect((await api.owner.request('GET', `/applications/${id}`)).status).toBe(200);
  expect((await api.owner.request('POST', '/applications', { name: 'after' })).status).toBe(201);
});
