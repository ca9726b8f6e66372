import type { Webhook, WebhookDelivery, WebhookWithSecret } from '@sluice/contracts';
import { expect, it } from 'vitest';
import { createFakeControlPlane, type FakeAnswer } from '../../testing/fake-control-plane.ts';
import { instantClock, runInProcess } from '../../testing/run.ts';

const organizationId = '01a202cc-23e8-7068-8f38-6a322d7b8ad0';
const id = '01a202d3-981d-7056-bf28-0cd6826e8613';
const base = `/api/v1/organizations/${organizationId}`;
const webhooks = `${base}/webhooks`;
const url = 'https://hooks.example.com/sluice';
const webhook: Webhook = {
  id,
  url,
  description: 'shift lead',
  events: ['*'],
  applicationId: null,
  enabled: true,
  state: 'failing',
  disabled: null,
  secretCreatedAt: '2026-11-22T09:00:00.000Z',
  previousSecretUntil: null,
  pending: 2,
  failures: 3,
  failingSince: '2026-11-22T09:00:00.000Z',
  lastAttemptAt: '2026-11-22T09:00:00.000Z',
  lastSuccessAt: null,
  lastError: { code: 'STATUS', message: 'The receiver answered 500.' },
  version: 4,
  createdBy: 'Ada',
  createdAt: '2026-11-22T09:00:00.000Z',
};
const withSecret: WebhookWithSecret = { ...webhook, secret: 'whsec_c2VjcmV0' };
const pending: WebhookDelivery = {
  id,
  webhookId: id,
  eventId: id,
  type: 'webhook.test',
  state: 'pending',
  createdAt: '2026-11-22T09:00:00.000Z',
  finishedAt: null,
  nextAttemptAt: '2026-11-22T09:00:00.000Z',
  attempts: [],
};
const attempt = { number: 1, at: '2026-11-22T09:00:01.000Z', durationMs: 12, status: 204, answer: '', error: null };
const delivered: WebhookDelivery = { ...pending, state: 'delivered', attempts: [attempt] };
const error = { code: 'STATUS' as const, message: 'The receiver answered 500.' };
const failed: WebhookDelivery = { ...pending, attempts: [{ ...attempt, status: 500, error }] };

async function run(args: string[], answers: Record<string, FakeAnswer | FakeAnswer[]> = {}) {
  const { fetch, seen } = createFakeControlPlane({
    'GET /api/v1/me': { body: { memberships: [{ organizationId, organizationName: 'One', role: 'owner' }] } },
    [`GET ${base}/applications`]: { body: { items: [{ id, name: 'line' }], nextCursor: null } },
    [`GET ${webhooks}`]: { body: { items: [webhook], nextCursor: null } },
    ...answers,
  });
  const environment = { SLUICE_URL: 'https://sluice.example', SLUICE_TOKEN: 'x' };
  const outcome = await runInProcess(['webhook', ...args], { environment, fetch, clock: instantClock() });
  return { ...outcome, sent: seen.findLast(({ method }) => method !== 'GET') };
}

it('when a webhook is made or its secret rotated, the secret is printed, and it is said that this is the only time', async () => {
  const create = ['create', url, '--event', 'rollout.*', '--event', 'hold.placed', '--app', 'line'];
  const made = await run(create, { [`POST ${webhooks}`]: { status: 201, body: withSecret } });
  expect(made).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('whsec_c2VjcmV0'),
    stderr: expect.stringContaining('not shown again'),
  });
  expect(made.sent?.body).toEqual({ url, events: ['rollout.*', 'hold.placed'], applicationId: id });
  const rotated = await run(['rotate-secret', 'shift lead', '--overlap', '2h', '-o', 'name'], {
    [`POST ${webhooks}/${id}/rotate-secret`]: { body: withSecret },
  });
  expect(rotated).toMatchObject({ stdout: `${id}\n`, sent: { body: { overlapSeconds: 7_200 } } });
  expect(rotated.stderr).toContain('was not shown');
});

it('when a webhook is changed, only what was named goes, with the version that was read', async () => {
  const answers = { [`PATCH ${webhooks}/${id}`]: { body: webhook } };
  const { sent, stdout } = await run(['set', 'hooks.example.com', '--disable', '--all-apps'], answers);
  expect(sent?.body).toEqual({ enabled: false, applicationId: null });
  expect(sent?.headers.get('if-match')).toBe('"4"');
  expect(stdout).toContain('The receiver answered 500.');
  for (const wrong of [['--enable', '--disable'], ['--all-apps', '--app', 'line'], []])
    expect((await run(['set', url, ...wrong], answers)).exitCode).toBe(2);
  expect((await run(['delete', url])).exitCode).toBe(2);
  expect((await run(['delete', url, '--yes'], { [`DELETE ${webhooks}/${id}`]: { status: 204 } })).sent?.method).toBe('DELETE');
});

it.each([
  [[delivered], 0],
  [[pending, failed], 1],
  [[pending], 8],
])('when a test or replay is waited for and comes to %o, the exit code is %d', async (looks, exitCode) => {
  const answers = {
    [`POST ${webhooks}/${id}/test`]: { status: 202, body: pending },
    [`POST ${webhooks}/${id}/deliveries/${id}/replay`]: { status: 202, body: pending },
    [`GET ${webhooks}/${id}/deliveries/${id}`]: looks.map((body) => ({ body })),
  };
  expect((await run(['test', url, '--wait', '--timeout', '5s'], answers)).exitCode).toBe(exitCode);
  expect((await run(['replay', url, id, '--wait', '--timeout', '5s'], answers)).exitCode).toBe(exitCode);
});

it('when everything that failed is sent again, a duration is how long ago, and one of both is named', async () => {
  const answers = { [`POST ${webhooks}/${id}/replay`]: { status: 202, body: { deliveries: 7 } } };
  const replayed = await run(['replay', url, '--failed-since', '6h'], answers);
  expect(replayed).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('7 deliveries') });
  expect(replayed.sent?.body).toEqual({ since: '2025-12-31T18:00:00.000Z' });
  expect((await run(['replay', url], answers)).exitCode).toBe(2);
  expect((await run(['replay', url, id, '--failed-since', '6h'], answers)).exitCode).toBe(2);
});

it('when the log is asked for, it tells what came of each delivery; of one, each attempt', async () => {
  const answers = {
    [`GET ${webhooks}/${id}/deliveries`]: { body: { items: [failed, delivered], nextCursor: null } },
    [`GET ${webhooks}/${id}/deliveries/${id}`]: { body: { ...failed, body: '{}' } },
  };
  const { stdout } = await run(['deliveries', url, '--state', 'pending'], answers);
  expect(stdout).toMatch(/webhook\.test +pending +1 +500 +STATUS/);
  expect((await run(['deliveries', url, '--delivery', id], answers)).stdout).toContain('The receiver answered 500.');
});
