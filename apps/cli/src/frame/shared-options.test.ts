import { describe, expect, it } from 'vitest';
import { createFakeControlPlane, type FakeAnswer, problem } from '../testing/fake-control-plane.ts';
import { instantClock, runInProcess } from '../testing/run.ts';

const [organizationId, id] = [1, 2].map((digit) => `01a202cc-23e8-7068-8f38-6a322d7b8ad${digit}`) as [string, string];
const base = `/api/v1/organizations/${organizationId}`;
const me = { kind: 'token', id, name: 'ci', email: null, memberships: [{ organizationId, organizationName: 'One', role: 'owner' }] };
const app = (name: string) => ({ id, name, description: '', createdAt: '2026-11-22T10:00:00.000Z', version: 1 });
const list = (...names: string[]): FakeAnswer => ({ body: { items: names.map(app), nextCursor: null } });
const environment = { SLUICE_URL: 'https://sluice.example', SLUICE_TOKEN: 'secret-token' };

function run(args: string[], answers: Record<string, FakeAnswer | FakeAnswer[]>, options: Parameters<typeof runInProcess>[1] = {}) {
  const { fetch, seen } = createFakeControlPlane({ 'GET /api/v1/me': { body: me }, ...answers });
  return runInProcess(args, { environment, fetch, ...options }).then((outcome) => ({ ...outcome, seen }));
}

/** A person who ends the command after so many waits. */
function patience(looks: number) {
  const stop = new AbortController();
  const clock = instantClock();
  const sleep = async (delayMs: number): Promise<void> => {
    looks -= 1;
    if (looks < 0) stop.abort(new Error('SIGINT'));
    stop.signal.throwIfAborted();
    await clock.sleep(delayMs);
  };
  return { clock: { ...clock, sleep }, signal: stop.signal };
}

describe('--watch', () => {
  const path = `GET ${base}/applications`;
  it('when what it shows changes, it is written again, and only then; a control plane that is away for a while is waited for', async () => {
    const looks = [list('a'), list('a'), { status: 500, body: problem(500, 'INTERNAL', 'oops') }, list('a', 'b')];
    const { exitCode, stdout, stderr } = await run(['app', 'list', '--watch', '-o', 'name'], { [path]: looks }, patience(4));
    expect([exitCode, stdout]).toEqual([130, 'a\na\nb\n']);
    expect(stderr.match(/Trying again/g)).toHaveLength(1);
  });
  it('when it is a terminal, the new takes the place of the old', async () => {
    const options = { ...patience(1), terminal: { typed: [], columns: 80 } };
    const { stdout } = await run(['app', 'list', '-w'], { [path]: [list('a'), list('b')] }, options);
    expect(stdout.split('\u001b[2J')).toHaveLength(3);
  });
  it('when nobody may see it, it ends at once', async () => {
    const refused = { status: 403, body: problem(403, 'FORBIDDEN', 'no') };
    expect((await run(['app', 'list', '-w'], { [path]: refused }, patience(9))).exitCode).toBe(4);
  });
  it('when a verb changes something, it cannot be watched', async () => {
    expect((await run(['app', 'create', 'x', '--watch'], {})).exitCode).toBe(2);
  });
});

describe('--dry-run', () => {
  it('when a verb would change something, the request is shown without what is secret, and not sent', async () => {
    const create = 'git-remote create https://git.example/a.git --app a --mirror --password-stdin -o json --dry-run'.split(' ');
    const { exitCode, stdout, stderr, seen } = await run(create, { [`GET ${base}/applications`]: list('a') }, { stdin: 'hunter2\n' });
    expect([exitCode, stdout.includes('hunter2'), seen.every(({ method }) => method === 'GET')], stderr).toEqual([0, false, true]);
    expect(JSON.parse(stdout)).toMatchObject({ method: 'POST', path: `${base}/applications/${id}/git-remotes` });
  });
  it('when something cannot be taken back, nobody is asked in a dry run', async () => {
    const { exitCode, stdout } = await run(['rollout', 'abort', id, '--dry-run'], {});
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining(`POST ${base}/rollouts/${id}/actions`)]);
  });
});

it('when it is said how long to wait, it waits', async () => {
  const capture = {
    id,
    deviceId: id,
    deviceName: 'press-7',
    state: 'requested',
    deliveredAt: null,
    warnings: [],
    expiresAt: '',
    requestedAt: '',
  };
  const answers = {
    [`POST ${base}/devices/${id}/captures`]: { status: 201, body: capture },
    [`GET ${base}/captures/${id}`]: { body: capture },
  };
  expect((await run(['device', 'capture', id, '--timeout', '3s', '-o', 'name'], answers)).exitCode).toBe(8);
});

describe('device logs', () => {
  const request = { id, deviceId: id, deviceName: 'press-7', source: 'runtime', lineCount: 200, state: 'requested', deliveredAt: null };
  const post = `POST ${base}/devices/${id}/log-requests`;
  const get = `GET ${base}/log-requests/${id}`;
  it('when the device answers, its lines are shown without moving the cursor; when there was more, that is said', async () => {
    const done = { ...request, state: 'completed', lines: ['one', '\u001b[2Jtwo'], truncated: true };
    const outcome = await run(['device', 'logs', id, '--lines', '2', '--source', 'agent'], {
      [post]: { status: 201, body: request },
      [get]: [{ body: request }, 'unreachable', { body: done }],
    });
    expect(outcome).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('older lines') });
    expect(outcome.stdout).not.toContain('\u001b');
    expect(outcome.stdout.split('\n')).toHaveLength(3);
    expect(outcome.seen.find(({ method }) => method === 'POST')?.body).toEqual({ source: 'agent', lines: 2 });
  });
  it.each([
    ['has not answered', request, 8],
    ['cannot', { ...request, state: 'failed', failure: { code: 'X', message: 'no log here' } }, 1],
  ])('when the device %s, the exit code says so, and who comes second waits for the first', async (_what, state, exitCode) => {
    const outcome = await run(['device', 'logs', id, '--timeout', '2s'], {
      [post]: { status: 409, body: problem(409, 'LOGS_OPEN', 'asked') },
      [`GET ${base}/devices/${id}/log-requests`]: { body: { items: [{ ...request, requestedBy: 'Kim' }], nextCursor: null } },
      [get]: { body: state },
    });
    expect([outcome.exitCode, outcome.stderr.includes('Kim asked for 200 lines')]).toEqual([exitCode, true]);
  });
});
