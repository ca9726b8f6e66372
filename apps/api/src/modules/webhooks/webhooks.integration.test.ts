import type {
  Application,
  LedgerEntryView,
  Page,
  Webhook,
  WebhookDelivery,
  WebhookDeliveryDetail,
  WebhookWithSecret,
} from '@sluice/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ApiUnderTest, type Caller, startApi } from '../../testing/start-api.ts';

let api: ApiUnderTest;
let operator: Caller;
beforeAll(async () => {
  api = await startApi();
  operator = await api.caller('operator');
});
afterAll(() => api.close());

const url = 'https://hooks.example.com/sluice?token=of-the-receiver';
const create = (body: object = {}): Promise<WebhookWithSecret> => api.owner.post<WebhookWithSecret>('/webhooks', { url, ...body });
const patch = (id: string, body: object, tag = '*') => api.owner.request('PATCH', `/webhooks/${id}`, body, { 'if-match': tag });
const deliveriesOf = async (id: string, query = ''): Promise<WebhookDelivery[]> =>
  (await api.owner.get<Page<WebhookDelivery>>(`/webhooks/${id}/deliveries${query}`)).items;
const ledgerOf = async (id: string): Promise<LedgerEntryView[]> =>
  (await api.owner.get<Page<LedgerEntryView>>(`/ledger?targetKind=webhook&targetId=${id}`)).items;

it('when a webhook is made or its secret rotated, the answer shows the secret, repeated it shows the same one, and nothing else does', async () => {
  const ask = (key: string, path: string, body: object) => api.owner.request('POST', path, body, { 'idempotency-key': key });
  const made = await ask('make', '/webhooks', { url });
  const webhook = made.body as WebhookWithSecret;
  expect([made.status, made.headers['etag']]).toEqual([201, '"1"']);
  expect(webhook).toMatchObject({
    url,
    events: ['*'],
    enabled: true,
    state: 'idle',
    pending: 0,
    secret: expect.stringMatching(/^whsec_.{44}$/),
  });
  expect((await ask('make', '/webhooks', { url })).body).toEqual(webhook);
  const rotated = (await ask('rotate', `/webhooks/${webhook.id}/rotate-secret`, {})).body as WebhookWithSecret;
  expect(rotated.secret).toMatch(/^whsec_/);
  expect(rotated.secret).not.toBe(webhook.secret);
  expect(Date.parse(rotated.previousSecretUntil ?? '') - Date.parse(rotated.secretCreatedAt)).toBe(86_400_000);
  // The lost answer of a rotation does not void the secret that the receiver still has.
  expect((await ask('rotate', `/webhooks/${webhook.id}/rotate-secret`, {})).body).toEqual(rotated);
  expect((await ask('make', '/webhooks', { url })).body as WebhookWithSecret).toMatchObject({ id: webhook.id, secret: null });
  const at0 = (await ask('void', `/webhooks/${webhook.id}/rotate-secret`, { overlapSeconds: 0 })).body as WebhookWithSecret;
  expect(at0.previousSecretUntil).toBeNull();

  const one = await api.owner.request('GET', `/webhooks/${webhook.id}`);
  const list = await api.owner.request('GET', '/webhooks');
  const entries = await ledgerOf(webhook.id);
  expect(entries.map(({ action }) => action)).toEqual(['webhook.secret_rotated', 'webhook.secret_rotated', 'webhook.created']);
  const texts = entries.map(({ entry }) => Buffer.from(entry, 'base64').toString());
  const stored = await api.store.query<{ text: string }>(
    'select to_jsonb(k)::text as text from idempotency_key k union all select to_jsonb(w)::text from webhook w',
  );
  for (const text of [one.text, list.text, ...texts, ...stored.map((row) => row.text)]) {
    for (const { secret } of [webhook, rotated, at0]) expect(text).not.toContain(secret?.slice('whsec_'.length));
  }
  for (const text of texts) expect(text).not.toContain('of-the-receiver');
});

it('when a webhook is changed, the version that was read counts; one that was disabled by itself starts afresh when it is enabled', async () => {
  const { id } = await create({ description: 'to the shift lead' });
  expect((await api.owner.request('PATCH', `/webhooks/${id}`, {})).problem.code).toBe('PRECONDITION_REQUIRED');
  expect((await patch(id, {}, '"7"')).problem.code).toBe('VERSION_STALE');
  await api.store.query(
    `update webhook set enabled = false, disabled_code = 'gone', disabled_reason = 'it said so', failures = 3, failing_since = now(),
       error_code = 'GONE', error_message = 'it said so' where id = $1`,
    [id],
  );
  const disabled = { state: 'disabled', disabled: { code: 'gone', message: 'it said so' } };
  expect(await api.owner.get<Webhook>(`/webhooks/${id}`)).toMatchObject(disabled);
  expect((await patch(id, { description: 'x' }, '"1"')).body).toMatchObject({ ...disabled, version: 2 });
  const { id: applicationId } = await api.owner.post<Application>('/applications', { name: 'line' });
  const changed = await patch(id, { enabled: true, events: ['rollout.*', 'hold.placed'], applicationId });
  expect(changed.body).toMatchObject({ state: 'idle', disabled: null, failures: 0, lastError: null, applicationId });
  expect(changed.headers['etag']).toBe('"3"');
  expect((await patch(id, { applicationId: id })).problem.code).toBe('NOT_FOUND');
  expect((await patch(id, { applicationId: null })).body).toMatchObject({ applicationId: null, events: ['rollout.*', 'hold.placed'] });
  expect((await api.owner.request('DELETE', `/webhooks/${id}`)).status).toBe(204);
  expect((await api.owner.request('GET', `/webhooks/${id}`)).problem.code).toBe('NOT_FOUND');
  expect((await ledgerOf(id)).map(({ action }) => action)).toEqual([
    'webhook.removed',
    'webhook.changed',
    'webhook.changed',
    'webhook.changed',
    'webhook.created',
  ]);
});

it('when a test is asked for, it is one delivery, which can be replayed like everything that failed; a disabled webhook is sent nothing', async () => {
  const { id } = await create({ events: ['hold.*'] });
  const ask = (caller: Caller, path: string, body: object | undefined, key: string) =>
    caller.request('POST', `/webhooks/${id}${path}`, body, { 'idempotency-key': key });
  const tested = await ask(operator, '/test', undefined, 'test');
  expect(tested.status).toBe(202);
  const delivery = tested.body as WebhookDelivery;
  expect(delivery).toMatchObject({ type: 'webhook.test', state: 'pending', attempts: [] });
  expect((await ask(operator, '/test', undefined, 'test')).body).toEqual(delivery);
  const path = `/deliveries/${delivery.id}`;
  const detail = await operator.get<WebhookDeliveryDetail>(`/webhooks/${id}${path}`);
  expect(JSON.parse(detail.body)).toMatchObject({ id: delivery.eventId, type: 'webhook.test', data: { actor: { kind: 'token' } } });
  expect((await ask(operator, `${path}/replay`, undefined, 'again')).status).toBe(202);
  const fail = () =>
    api.store.query(`update webhook_delivery set state = 'failed', attempts = 11, next_attempt_at = null, finished_at = now()`);
  await fail();
  expect((await deliveriesOf(id, '?state=failed&type=webhook.test')).map((each) => each.id)).toEqual([delivery.id]);
  expect(await deliveriesOf(id, '?state=delivered')).toEqual([]);
  expect((await ask(operator, '/replay', { since: '2199-01-01T00:00:00.000Z' }, 'none')).body).toEqual({ deliveries: 0 });
  expect((await ask(operator, '/replay', { since: delivery.createdAt }, 'all')).body).toEqual({ deliveries: 1 });
  expect(await deliveriesOf(id)).toMatchObject([{ state: 'pending' }]);
  await patch(id, { enabled: false });
  for (const [each, body] of [['/test'], [`${path}/replay`], ['/replay', { since: delivery.createdAt }]] as const)
    expect((await operator.request('POST', `/webhooks/${id}${each}`, body)).problem.code).toBe('STATE_CONFLICT');
  const unknown = `/webhooks/${id}/deliveries/${id}`;
  expect((await operator.request('GET', unknown)).problem.code).toBe('NOT_FOUND');
});

it('when people of another role or organization ask, they get what is theirs: viewers nothing, operators no changes', async () => {
  const { id } = await create();
  const viewer = await api.caller('viewer');
  expect((await viewer.request('GET', '/webhooks')).problem.code).toBe('FORBIDDEN');
  expect((await operator.request('GET', `/webhooks/${id}`)).status).toBe(200);
  expect((await operator.request('POST', '/webhooks', { url })).problem.code).toBe('FORBIDDEN');
  expect((await operator.request('PATCH', `/webhooks/${id}`, {}, { 'if-match': '*' })).problem.code).toBe('FORBIDDEN');
  expect((await operator.request('POST', `/webhooks/${id}/rotate-secret`, {})).problem.code).toBe('FORBIDDEN');
  expect((await api.stranger.request('GET', `/webhooks/${id}`)).problem.code).toBe('NOT_FOUND');
  expect((await api.stranger.request('GET', `/webhooks/${id}/deliveries`)).problem.code).toBe('NOT_FOUND');
  expect((await api.stranger.request('POST', `/webhooks/${id}/rotate-secret`, {})).problem.code).toBe('NOT_FOUND');
  expect((await api.stranger.request('DELETE', `/webhooks/${id}`)).problem.code).toBe('NOT_FOUND');
});

it.each([
  [{ url: 'ftp://hooks.example.com/' }, '/url'],
  [{ url: 'https://ada:secret@hooks.example.com/' }, '/url'],
  [{ url: 'http://169.254.169.254/latest/meta-data/' }, '/url'],
  [{ url: 'https://[::ffff:a9fe:a9fe]/' }, '/url'],
  [{ url: 'https://[fe80::1]/' }, '/url'],
  [{ url: 'https://' }, '/url'],
  [{ url: 'hooks.example.com' }, '/url'],
  [{ events: ['rollout.started', 'rollout.exploded'] }, '/events/1'],
  [{ events: ['planet.*'] }, '/events/0'],
  [{ events: [] }, '/events'],
  [{ events: ['*', '*'] }, '/events'],
  [{ applicationId: 'line' }, '/applicationId'],
])('when %o is asked for, it is refused at %s', async (body, pointer) => {
  const answer = await api.owner.request('POST', '/webhooks', { url, ...body });
  expect(answer.problem).toMatchObject({ code: 'VALIDATION_FAILED', errors: [{ pointer }] });
});
