import type { DeviceCapture } from '@sluice/contracts';
import { describe, expect, it } from 'vitest';
import { createFakeControlPlane, type FakeAnswer, problem } from '../testing/fake-control-plane.ts';
import { runInProcess } from '../testing/run.ts';

const [organizationId, deviceId, id] = [1, 2, 3].map((digit) => `01a202cc-23e8-7068-8f38-6a322d7b8ad${digit}`) as [string, string, string];
const base = `/api/v1/organizations/${organizationId}`;
const me = { kind: 'token', id, name: 'ci', email: null, memberships: [{ organizationId, organizationName: 'One', role: 'operator' }] };

const requested: DeviceCapture = {
  id,
  deviceId,
  deviceName: 'press-7',
  state: 'requested',
  message: '',
  requestedBy: 'Kim',
  requestedAt: '2026-11-22T10:00:00.000Z',
  expiresAt: '2026-11-23T10:00:00.000Z',
  deliveredAt: null,
  finishedAt: null,
  differs: null,
  release: null,
  snapshot: null,
  observed: null,
  warnings: [],
  failure: null,
};
const delivered: DeviceCapture = { ...requested, state: 'delivered', deliveredAt: requested.requestedAt };
const completed: DeviceCapture = {
  ...delivered,
  state: 'completed',
  differs: true,
  release: { id, name: 'v2', applicationId: id, applicationName: 'line' },
  snapshot: { id, number: 7 },
  warnings: [{ code: 'CREDENTIALS_DIFFER', message: 'other credentials' }],
};

async function run(args: string[], answers: Record<string, FakeAnswer | FakeAnswer[]>) {
  const { fetch, seen } = createFakeControlPlane({ 'GET /api/v1/me': { body: me }, ...answers });
  const environment = { SLUICE_URL: 'https://sluice.example', SLUICE_TOKEN: 'secret-token' };
  return { ...(await runInProcess(['device', 'capture', deviceId, ...args], { environment, fetch })), seen };
}

const post = `POST ${base}/devices/${deviceId}/captures`;
const get = `GET ${base}/captures/${id}`;

describe('device capture', () => {
  it('when nobody waits, it asks and shows what was asked for', async () => {
    const outcome = await run(['-m', 'repaired', '-o', 'json'], { [post]: { status: 201, body: requested } });
    expect([outcome.exitCode, JSON.parse(outcome.stdout)]).toEqual([0, requested]);
    expect(outcome.seen.at(-1)?.body).toEqual({ message: 'repaired' });
  });

  it.each<[string, DeviceCapture, number, string]>([
    ['differs', completed, 3, 'line/v7'],
    ['is what was released', { ...completed, differs: false }, 0, 'line/v2'],
    ['cannot be read', { ...delivered, state: 'failed', failure: { code: 'X', message: 'no runtime' } }, 1, 'no runtime'],
    ['is not told in time', { ...delivered, state: 'expired', failure: { code: 'X', message: 'not heard of' } }, 1, 'not heard of'],
  ])('when it waits and what runs there %s, the exit code and a sentence say so', async (_what, end, exitCode, text) => {
    const looks: FakeAnswer[] = [{ body: requested }, 'unreachable', { body: delivered }, { body: end }];
    const outcome = await run(['--wait'], { [post]: { status: 201, body: requested }, [get]: looks });
    expect(outcome.exitCode).toBe(exitCode);
    expect(outcome.stderr).toContain(text);
    expect(outcome.stderr).toContain('press-7 was told.');
    expect(outcome.stderr.includes('other credentials')).toBe(end.warnings.length > 0);
  });

  it('when the device does not answer in time, it is still pending', async () => {
    const outcome = await run(['--wait', '--timeout', '3s'], { [post]: { status: 201, body: requested }, [get]: { body: requested } });
    expect(outcome.exitCode).toBe(8);
  });

  it('when somebody asked before, who waits joins them, and who does not gets a conflict', async () => {
    const conflict = { status: 409, body: problem(409, 'CAPTURE_OPEN', 'asked for already') };
    const list = { body: { items: [delivered], nextCursor: null } };
    const answers = {
      [post]: conflict,
      [`GET ${base}/devices/${deviceId}/captures`]: list,
      [get]: { body: { ...completed, differs: false } },
    };
    const joined = await run(['--wait'], answers);
    expect([joined.exitCode, joined.stderr.includes('Kim asked for it already')]).toEqual([0, true]);
    expect((await run([], answers)).exitCode).toBe(6);
  });
});
