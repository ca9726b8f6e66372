import type { Application, Page } from '@sluice/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ApiUnderTest, startApi } from '../../testing/start-api.ts';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

it('when an application is made, it is found again, has an ETag, and the ledger knows', async () => {
  const made = await api.owner.request('POST', '/applications', { name: 'Bottling line', description: 'Line 3' });
  const application = made.body as Application;
  expect([made.status, made.headers['etag']]).toEqual([201, '"1"']);
  expect(application).toMatchObject({ name: 'Bottling line', description: 'Line 3', version: 1 });
  const read = await api.owner.request('GET', `/applications/${application.id}`);
  expect([read.body, read.headers['etag']]).toEqual([application, '"1"']);
  const { items } = await api.owner.get<Page<{ action: string; actor: string }>>(
    `/ledger?targetKind=application&targetId=${application.id}`,
  );
  expect(items).toEqual([expect.objectContaining({ action: 'application.created', actor: 'owner' })]);
});

it('when the name is taken, it is refused; in another organization it is free', async () => {
  await api.owner.post('/applications', { name: 'Taken' });
  expect((await api.owner.request('POST', '/applications', { name: 'Taken' })).problem).toMatchObject({ status: 409, code: 'NAME_TAKEN' });
  expect((await api.stranger.request('POST', '/applications', { name: 'Taken' })).status).toBe(201);
});

it('when a list is paged, each application comes once, newest first', async () => {
  for (const name of ['a', 'b', 'c', 'd', 'e']) await api.stranger.post('/applications', { name });
  const names: string[] = [];
  let cursor: string | null = '';
  do {
    const page: Page<Application> = await api.stranger.get(`/applications?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`);
    expect(page.items.length).toBeLessThanOrEqual(2);
    names.push(...page.items.map((application) => application.name));
    cursor = page.nextCursor;
  } while (cursor !== null);
  expect(names.slice(0, 5)).toEqual(['e', 'd', 'c', 'b', 'a']);
  expect(new Set(names).size).toBe(names.length);
});
