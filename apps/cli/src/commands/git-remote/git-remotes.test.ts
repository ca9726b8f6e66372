import type { GitRemote } from '@sluice/contracts';
import { expect, it } from 'vitest';
import { createFakeControlPlane, type FakeAnswer } from '../../testing/fake-control-plane.ts';
import { createMemoryFiles } from '../../testing/memory-files.ts';
import { instantClock, runInProcess } from '../../testing/run.ts';

const organizationId = '01a202cc-23e8-7068-8f38-6a322d7b8ad0';
const id = '01a202d3-981d-7056-bf28-0cd6826e8613';
const base = `/api/v1/organizations/${organizationId}`;
const remotes = `${base}/applications/${id}/git-remotes`;
const url = 'https://git.example.com/team/line.git';
const remote: GitRemote = {
  id,
  applicationId: id,
  direction: 'mirror',
  url,
  branch: 'main',
  path: '',
  username: null,
  hasPassword: true,
  hasWebhookSecret: false,
  hasCredentialSecret: false,
  ignoreCredentials: false,
  enabled: true,
  pollIntervalSeconds: null,
  state: 'due',
  lastCommit: null,
  lastSnapshotId: null,
  lastAttemptAt: null,
  lastSuccessAt: null,
  lastError: null,
  attempts: 0,
  nextAttemptAt: null,
  version: 1,
  createdBy: 'Ada',
  createdAt: '2026-11-22T09:00:00.000Z',
};
const tried: GitRemote = { ...remote, state: 'idle', lastAttemptAt: '2026-11-22T10:00:00.000Z', lastSuccessAt: '2026-11-22T10:00:00.000Z' };

async function run(args: string[], answers: Record<string, FakeAnswer | FakeAnswer[]>, stdin?: string) {
  const { fetch, seen } = createFakeControlPlane({
    'GET /api/v1/me': { body: { memberships: [{ organizationId, organizationName: 'One', role: 'owner' }] } },
    [`GET ${base}/applications`]: { body: { items: [{ id, name: 'line' }], nextCursor: null } },
    [`GET ${remotes}`]: { body: { items: [remote], nextCursor: null } },
    ...answers,
  });
  const environment = { SLUICE_URL: 'https://sluice.example', SLUICE_TOKEN: 'x' };
  const options = { environment, fetch, files: createMemoryFiles({ '/hook': 'webhook secret\n' }), clock: instantClock() };
  return { ...(await runInProcess(['git-remote', ...args], { ...options, ...(stdin === undefined ? {} : { stdin }) })), seen };
}

it('when a remote is made, its secrets come from standard input and files, and are not printed', async () => {
  const args = ['create', url, '--app', 'line', '--import', '--password-stdin', '--webhook-secret-file', '/hook', '--poll', '5m'];
  const { exitCode, stdout, seen } = await run(args, { [`POST ${remotes}`]: { status: 201, body: remote } }, 'a token\n');
  expect(exitCode).toBe(0);
  expect(seen.at(-1)?.body).toEqual({
    direction: 'import',
    url,
    password: 'a token',
    webhookSecret: 'webhook secret',
    pollIntervalSeconds: 300,
  });
  expect(stdout).not.toContain('token');
  expect((await run(['create', url, '--app', 'line'], {})).exitCode).toBe(2);
  expect((await run(['create', url, '--app', 'line', '--mirror', '--import'], {})).exitCode).toBe(2);
});

it('when a sync is waited for, its exit code says how it ended', async () => {
  const failing: GitRemote = {
    ...tried,
    state: 'failing',
    attempts: 1,
    lastError: { code: 'DIVERGED', message: 'The branch main was moved.' },
  };
  const sync = { [`POST ${remotes}/${id}/sync`]: { status: 202, body: remote } };
  const wait = ['sync', 'mirror', '--app', 'line', '--wait'];
  expect((await run(wait, { ...sync, [`GET ${remotes}/${id}`]: [{ body: remote }, { body: tried }] })).exitCode).toBe(0);
  const failed = await run(wait, { ...sync, [`GET ${remotes}/${id}`]: [{ body: remote }, { body: failing }] });
  expect(failed).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('The branch main was moved.') });
  expect((await run([...wait, '--timeout', '5s'], { ...sync, [`GET ${remotes}/${id}`]: { body: remote } })).exitCode).toBe(8);
});

it('when something there would be lost, it is asked for first', async () => {
  const answers = { [`POST ${remotes}/${id}/sync`]: { status: 202, body: remote }, [`DELETE ${remotes}/${id}`]: { status: 204 } };
  const forced = await run(['sync', url, '--app', 'line', '--force'], answers);
  expect(forced.exitCode).toBe(2);
  expect(forced.seen.map(({ method }) => method)).not.toContain('POST');
  expect((await run(['sync', url, '--app', 'line', '--force', '--yes'], answers)).seen.at(-1)?.body).toEqual({ force: true });
  expect((await run(['delete', 'mirror', '--app', 'line'], answers)).exitCode).toBe(2);
  expect((await run(['delete', 'mirror', '--app', 'line', '--yes'], answers)).seen.at(-1)).toMatchObject({ method: 'DELETE' });
});
