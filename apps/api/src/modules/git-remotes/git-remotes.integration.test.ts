import { createHmac } from 'node:crypto';
import type { Application, GitRemote, LedgerEntryView, Page } from '@sluice/contracts';
import { openSecret } from '@sluice/platform';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ApiUnderTest, startApi } from '../../testing/start-api.ts';

let api: ApiUnderTest;
let base: string;
beforeAll(async () => {
  api = await startApi();
  base = `/applications/${(await api.owner.post<Application>('/applications', { name: 'line' })).id}/git-remotes`;
});
afterAll(() => api.close());

const url = 'https://git.example.com/team/flows.git';
const webhookSecret = 'webhook-secret-of-line';
const create = (body: object): Promise<GitRemote> => api.owner.post<GitRemote>(base, body);
const patch = (remote: GitRemote, body: object, tag = '*') => api.owner.request('PATCH', `${base}/${remote.id}`, body, { 'if-match': tag });

it('when a remote is made, its secrets are sealed to its row and nobody is ever shown them', async () => {
  const secrets = { password: 'token-of-ada', webhookSecret, credentialSecret: 'secret-of-project' };
  const { url: address, ...rest } = {
    url: 'https://ada:token-in-address@git.example.com/team/flows.git/',
    ...secrets,
    direction: 'import',
  };
  const made = await api.owner.request('POST', base, { ...rest, url: address });
  const remote = made.body as GitRemote;
  expect(made.status).toBe(201);
  expect(remote).toMatchObject({
    url,
    branch: 'main',
    username: 'ada',
    hasPassword: true,
    hasWebhookSecret: true,
    hasCredentialSecret: true,
    state: 'due',
    lastError: null,
  });
  expect(api.advanced).toContain(remote.id);
  const list = await api.owner.request('GET', base);
  const one = await api.owner.request('GET', `${base}/${remote.id}`);
  const ledger = await api.owner.get<Page<LedgerEntryView>>(`/ledger?targetKind=git_remote&targetId=${remote.id}`);
  const [row] = await api.store.query<{ row: string; sealed: Buffer }>(
    'select to_jsonb(r)::text as row, sealed_password as sealed from git_remote r where id = $1',
    [remote.id],
  );
  const entries = ledger.items.map(({ entry }) => Buffer.from(entry, 'base64').toString());
  for (const text of [made.text, list.text, one.text, row?.row, ...entries]) {
    for (const secret of ['token-in-address', ...Object.values(secrets)]) expect(text).not.toContain(secret);
  }
  const key = api.deps.keys['secret-encryption'];
  const sealed = row?.sealed ?? Buffer.alloc(0);
  expect(openSecret(key, sealed, `git_remote/${remote.id}/password`).toString()).toBe('token-of-ada');
  expect(() => openSecret(key, sealed, `git_remote/${remote.id}/webhookSecret`)).toThrow();
});

it('when the address moves to another server, the password does not go there by itself', async () => {
  const remote = await create({ direction: 'mirror', url, password: 'token' });
  const elsewhere = { url: 'https://evil.example.com/team/flows.git' };
  expect((await patch(remote, elsewhere)).problem).toMatchObject({ code: 'VALIDATION_FAILED', errors: [{ pointer: '/password' }] });
  expect((await patch(remote, { url: 'https://git.example.com/team/moved.git' })).body as GitRemote).toMatchObject({ hasPassword: true });
  expect((await patch(remote, { ...elsewhere, password: null })).body as GitRemote).toMatchObject({ ...elsewhere, hasPassword: false });
});

it('when a remote is changed, the version that was read counts, what failed is forgotten, and the ledger has both', async () => {
  const remote = await create({ direction: 'import', url, pollIntervalSeconds: 60, path: 'plant/line' });
  await api.store.query(
    `update git_remote set attempts = 3, error_code = 'UNREACHABLE', error_message = 'x', next_attempt_at = now() + interval '1 hour',
       last_attempt_at = now(), last_commit = $2 where id = $1`,
    [remote.id, 'a'.repeat(40)],
  );
  const failing = await api.owner.get<GitRemote>(`${base}/${remote.id}`);
  expect(failing).toMatchObject({ state: 'failing', attempts: 3, lastError: { code: 'UNREACHABLE', message: 'x' } });
  expect((await api.owner.request('PATCH', `${base}/${remote.id}`, {})).problem.code).toBe('PRECONDITION_REQUIRED');
  expect((await patch(remote, { branch: 'dev' }, '"7"')).problem.code).toBe('VERSION_STALE');
  const changed = await patch(remote, { branch: 'dev', pollIntervalSeconds: null }, '"1"');
  expect(changed.body as GitRemote).toMatchObject({
    branch: 'dev',
    path: 'plant/line',
    pollIntervalSeconds: null,
    state: 'due',
    attempts: 0,
    lastCommit: null,
  });
  expect(changed.headers['etag']).toBe('"2"');
  expect((await patch(remote, { enabled: false })).body as GitRemote).toMatchObject({ state: 'disabled', nextAttemptAt: null });
  expect((await api.owner.request('POST', `${base}/${remote.id}/sync`, {})).problem.code).toBe('STATE_CONFLICT');
  expect((await api.owner.request('DELETE', `${base}/${remote.id}`)).status).toBe(204);
  expect((await api.owner.request('GET', `${base}/${remote.id}`)).problem.code).toBe('NOT_FOUND');
  const ledger = await api.owner.get<Page<LedgerEntryView>>(`/ledger?targetKind=git_remote&targetId=${remote.id}`);
  expect(ledger.items.map(({ action }) => action)).toEqual([
    'git_remote.removed',
    'git_remote.changed',
    'git_remote.changed',
    'git_remote.created',
  ]);
});

it('when a sync is asked for twice with one key, it is asked for once; only a mirror takes force', async () => {
  const mirror = await create({ direction: 'mirror', url });
  const ask = (remote: GitRemote, body: object) =>
    api.owner.request('POST', `${base}/${remote.id}/sync`, body, { 'idempotency-key': `sync-${remote.id}` });
  expect((await ask(mirror, { force: true })).status).toBe(202);
  expect((await ask(mirror, { force: true })).status).toBe(202);
  const ledger = await api.owner.get<Page<LedgerEntryView>>(`/ledger?targetKind=git_remote&targetId=${mirror.id}`);
  expect(ledger.items.map(({ action }) => action)).toEqual(['git_remote.sync_requested', 'git_remote.created']);
  expect((await ask(await create({ direction: 'import', url }), { force: true })).problem.code).toBe('VALIDATION_FAILED');
});

it.each([
  [{ url: 'git@github.com:team/flows.git' }, '/url'],
  [{ url: 'http://169.254.169.254/x' }, '/url'],
  [{ branch: '../main' }, '/branch'],
  [{ branch: 'a..b' }, '/branch'],
  [{ path: '../x' }, '/path'],
  [{ direction: 'mirror', path: 'x' }, '/path'],
  [{ direction: 'mirror', pollIntervalSeconds: 60 }, '/pollIntervalSeconds'],
  [{ webhookSecret: 'short' }, '/webhookSecret'],
])('when %o is asked for, it is refused at %s', async (body, pointer) => {
  const answer = await api.owner.request('POST', base, { direction: 'import', url, ...body });
  expect(answer.problem).toMatchObject({ code: 'VALIDATION_FAILED', errors: [{ pointer }] });
});

it('when somebody of another organization asks, there is no such remote', async () => {
  const remote = await create({ direction: 'mirror', url });
  const other = await api.owner.post<Application>('/applications', { name: 'other' });
  expect((await api.owner.request('GET', `/applications/${other.id}/git-remotes/${remote.id}`)).problem.code).toBe('NOT_FOUND');
  expect((await api.stranger.request('DELETE', `${base}/${remote.id}`)).problem.code).toBe('NOT_FOUND');
  expect((await api.stranger.request('POST', base, { direction: 'mirror', url })).problem.code).toBe('NOT_FOUND');
});

it('when a git server calls with the right signature or token, the import is due, and else nothing happens', async () => {
  const remote = await create({ direction: 'import', url, webhookSecret });
  await api.store.query('update git_remote set last_attempt_at = now(), requested_at = null where id = $1', [remote.id]);
  const body = JSON.stringify({ ref: 'refs/heads/main' });
  const call = (headers: Record<string, string>, id = remote.id) =>
    api.app.inject({
      method: 'POST',
      url: `/api/v1/git-remotes/${id}/webhook`,
      payload: body,
      headers: { 'content-type': 'application/json', ...headers },
    });
  const signed = (secret: string, text = body) => ({
    'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(text).digest('hex')}`,
  });
  const stateNow = async () => (await api.owner.get<GitRemote>(`${base}/${remote.id}`)).state;

  for (const headers of [
    {},
    signed('another secret'),
    signed(webhookSecret, `${body} `),
    { 'x-gitlab-token': 'wrong' },
    { 'x-hub-signature-256': 'sha256=' },
  ]) {
    const answer = await call(headers as Record<string, string>);
    expect(answer.json()).toMatchObject({ code: 'UNAUTHENTICATED' });
  }
  expect(await stateNow()).toBe('idle');
  api.advanced.length = 0;
  expect((await call(signed(webhookSecret))).statusCode).toBe(204);
  expect((await call({ 'x-gitlab-token': webhookSecret, 'content-type': 'application/x-www-form-urlencoded' })).statusCode).toBe(204);
  expect(await stateNow()).toBe('due');
  expect(new Set(api.advanced)).toEqual(new Set([remote.id]));
  const silent = await create({ direction: 'import', url });
  for (const id of [silent.id, '01935b6e-8f00-7000-8000-00000000ffff'])
    expect((await call(signed(webhookSecret), id)).json()).toMatchObject({ code: 'NOT_FOUND' });
});
