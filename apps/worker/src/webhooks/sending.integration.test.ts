import type { ServerResponse } from 'node:http';
import { sealSecret } from '@sluice/platform';
import { waitFor } from '@sluice/platform/testing';
import {
  listLedgerEntries,
  pruneExpired,
  replayFailedDeliveries,
  replayWebhookDelivery,
  rotateWebhookSecret,
  updateWebhook,
  webhookSecretIdentity,
} from '@sluice/store';
import { SEED_CONTEXT, SEED_SECRET_KEY } from '@sluice/testkit';
import { Webhook as Verifier } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createWebhookWorld, newSecret, type WebhookWorld } from './testing/webhook-world.ts';

let w: WebhookWorld;
beforeAll(async () => {
  w = await createWebhookWorld();
});
afterEach(() => w.forget());
afterAll(async () => {
  await w.close();
  expect(w.errors).toEqual([]);
});

describe('how it is sent', () => {
  it('when an event is sent, its signature verifies with the secret, and not if one byte of it was changed', async () => {
    const { id, path } = await w.addWebhook();
    w.answers.set(path, (answer) => answer.end('x'.repeat(5_000)));
    await w.test(id);
    await w.sweep();
    const [sent] = w.at(path);
    const headers = sent?.headers as Record<string, string>;
    const verifier = new Verifier(w.secretOf.get(id) ?? '');
    expect(verifier.verify(sent?.body ?? '', headers)).toMatchObject({
      type: 'webhook.test',
      version: 1,
      organizationId: w.organizationId,
    });
    expect(() => verifier.verify(`${sent?.body ?? ''} `, headers)).toThrow();
    expect(() => verifier.verify(sent?.body ?? '', { ...headers, 'webhook-id': 'another' })).toThrow();
    expect(() => new Verifier(newSecret()).verify(sent?.body ?? '', headers)).toThrow();
    const [delivery] = await w.deliveriesOf(id);
    expect(delivery).toMatchObject({ state: 'delivered', nextAttemptAt: null, attempts: [{ number: 1, status: 200, error: null }] });
    expect(delivery?.attempts[0]?.answer).toBe('x'.repeat(1_024));
    expect(await w.webhookOf(id)).toMatchObject({ state: 'active', pending: 0, lastError: null });
  });

  it('when the secret is rotated, the old one verifies beside the new one until its time is over', async () => {
    const { id, path } = await w.addWebhook();
    const [oldSecret, secret] = [w.secretOf.get(id) ?? '', newSecret()];
    const sealedSecret = sealSecret(SEED_SECRET_KEY, secret, webhookSecretIdentity(id));
    await w.store.transaction((tx) =>
      rotateWebhookSecret(tx, w.organizationId, { webhookId: id, sealedSecret, overlapMs: 60_000 }, SEED_CONTEXT),
    );
    const verifies = async (): Promise<boolean[]> => {
      await w.test(id);
      await w.sweep();
      const headers = w.at(path).at(-1)?.headers ?? {};
      const body = w.at(path).at(-1)?.body ?? '';
      const sentAt = new Date(Number(headers['webhook-timestamp']) * 1000);
      const signatures = String(headers['webhook-signature']).split(' ');
      return [oldSecret, secret].map((each) => signatures.includes(new Verifier(each).sign(String(headers['webhook-id']), sentAt, body)));
    };
    expect(await verifies()).toEqual([true, true]);
    w.clock.jump(60_000);
    expect(await verifies()).toEqual([false, true]);
  });

  it.each([
    [
      'answers 500 with garbage',
      (answer: ServerResponse) => void answer.writeHead(500).end('\u0000\u0001<oops>'),
      'STATUS',
      'answered 500',
    ],
    ['refuses the event', (answer: ServerResponse) => void answer.writeHead(400).end('no'), 'STATUS', 'answered 400'],
    ['speaks no HTTP', (answer: ServerResponse) => void answer.socket?.end('SSH-2.0-x\r\n'), 'ANSWER_MALFORMED', 'not HTTP'],
    [
      'speaks another protocol',
      (answer: ServerResponse) =>
        void answer.socket?.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'),
      'UNREACHABLE',
      'closed the connection',
    ],
    ['hangs up', (answer: ServerResponse) => void answer.socket?.destroy(), 'UNREACHABLE', 'closed the connection'],
    [
      'redirects to an internal address',
      (answer: ServerResponse) => void answer.writeHead(307, { location: 'http://127.0.0.1:1/internal' }).end(),
      'REDIRECTED',
      'http://127.0.0.1:1/internal, an internal address: refused',
    ],
  ])('when the receiver %s, the log says so in words, and it is tried again', async (_what, answer, code, words) => {
    const { id, path } = await w.addWebhook();
    w.answers.set(path, answer);
    await w.test(id);
    await w.sweep();
    const [delivery] = await w.deliveriesOf(id);
    expect(delivery).toMatchObject({ state: 'pending', attempts: [{ error: { code, message: expect.stringContaining(words) } }] });
    expect(await w.webhookOf(id)).toMatchObject({ state: 'failing', failures: 1, lastError: { code } });
    w.answers.delete(path);
    expect(await w.nextAttempt(id)).toMatchObject({ state: 'delivered', attempts: [{ number: 1 }, { number: 2, status: 204 }] });
    expect(w.at(path).map(({ headers }) => headers['webhook-id'])).toEqual([delivery?.eventId, delivery?.eventId]);
    expect(await w.webhookOf(id)).toMatchObject({ state: 'active', failures: 0, failingSince: null, lastError: null });
  });

  it.each([
    ['a name that nobody knows', () => 'http://gone.test/', 'NAME_UNKNOWN'],
    ['a port at which nobody listens', () => 'http://hooks.test:1/', 'UNREACHABLE'],
    ['no TLS where https was said', () => `https://hooks.test:${w.port}/`, 'TLS_FAILED'],
    ['an internal address', () => 'https://10.255.0.1/', 'ADDRESS_REFUSED'],
    ['http to a public address', () => 'http://8.8.8.8/', 'ADDRESS_REFUSED'],
  ])('when the address of a webhook is %s, that is what the log says', async (_what, url, code) => {
    const { id } = await w.addWebhook({ url: url() });
    await w.test(id);
    await w.sweep();
    expect((await w.deliveriesOf(id))[0]?.attempts).toMatchObject([{ status: null, error: { code } }]);
  });

  it('when a receiver fails for good, it is given up after its last attempt, and what failed can be replayed since a time', async () => {
    const { id, path } = await w.addWebhook();
    const since = new Date(w.clock.now());
    await w.test(id);
    await w.sweep();
    w.answers.set(path, (answer) => answer.writeHead(503).end());
    w.clock.jump(1_000);
    await w.test(id);
    let attempts = 0;
    for (let delivery = await w.nextAttempt(id); delivery?.state === 'pending'; delivery = await w.nextAttempt(id)) attempts += 1;
    expect(attempts).toBe(10);
    expect(w.at(path)).toHaveLength(12);
    expect((w.clock.now() - since.getTime()) / 3_600_000).toBeGreaterThan(30);
    const replay = (from: Date) =>
      w.store.transaction((tx) => replayFailedDeliveries(tx, w.organizationId, { webhookId: id, since: from }, SEED_CONTEXT));
    expect(await replay(new Date(w.clock.now()))).toBe(0);
    expect(await replay(since)).toBe(1);
    w.answers.delete(path);
    expect(await w.nextAttempt(id)).toMatchObject({ state: 'delivered' });
    const [delivered] = await w.deliveriesOf(id);
    await w.store.transaction((tx) =>
      replayWebhookDelivery(tx, w.organizationId, { webhookId: id, deliveryId: delivered?.id ?? '' }, SEED_CONTEXT),
    );
    expect(await w.nextAttempt(id)).toMatchObject({ state: 'delivered', eventId: delivered?.eventId });
    expect(new Set(w.at(path).map(({ headers }) => headers['webhook-id'])).size).toBe(2);
  });

  it('when a month has passed, what was sent is forgotten', async () => {
    const { id } = await w.addWebhook();
    await w.test(id);
    await w.sweep();
    w.clock.jump(29 * 86_400_000);
    await w.test(id);
    await w.store.transaction((tx) => pruneExpired(tx));
    expect((await w.deliveriesOf(id)).map(({ state }) => state).sort()).toEqual(['delivered', 'pending']);
    w.clock.jump(2 * 86_400_000);
    await w.store.transaction((tx) => pruneExpired(tx));
    expect((await w.deliveriesOf(id)).map(({ state }) => state)).toEqual(['pending']);
  });

  it('when a receiver says 410, or nothing comes through for days, its webhook is disabled, and ledger and log say why', async () => {
    const gone = await w.addWebhook();
    w.answers.set(gone.path, (answer) => answer.writeHead(410).end());
    await w.test(gone.id);
    await w.test(gone.id);
    await w.sweep();
    expect(await w.webhookOf(gone.id)).toMatchObject({ state: 'disabled', enabled: false, pending: 1, disabled: { code: 'gone' } });
    await w.sweep();
    expect(w.at(gone.path)).toHaveLength(1);
    const dead = await w.addWebhook();
    w.answers.set(dead.path, (answer) => answer.writeHead(500).end());
    await w.test(dead.id);
    await w.sweep();
    w.clock.jump(73 * 3_600_000);
    await w.store.query('update webhook_delivery set attempts = 10 where webhook_id = $1', [dead.id]);
    await w.sweep();
    expect(await w.webhookOf(dead.id)).toMatchObject({ enabled: false, disabled: { code: 'failing' } });
    const entries = await listLedgerEntries(w.store, w.organizationId, { action: 'webhook.disabled' });
    expect(entries.items.map(({ target }) => target.id).sort()).toEqual([gone.id, dead.id].sort());
    w.answers.clear();
    const settings = { description: '', events: ['*'], applicationId: null, enabled: true };
    await w.store.transaction((tx) =>
      updateWebhook(tx, w.organizationId, { webhookId: gone.id, version: null, change: ({ url }) => ({ ...settings, url }) }, SEED_CONTEXT),
    );
    await w.sweep();
    expect(await w.webhookOf(gone.id)).toMatchObject({ state: 'active', pending: 0, disabled: null });
  });
});

describe('workers', () => {
  it('when a receiver is slow, the others get theirs meanwhile; it is cut off in time', async () => {
    const [slow, quick] = [await w.addWebhook(), await w.addWebhook()];
    w.answers.set(slow.path, () => undefined);
    await w.test(slow.id);
    await w.test(quick.id);
    const controller = w.makeController();
    await controller.sweep(w.signal);
    await waitFor('the quick one', async () => (await w.deliveriesOf(quick.id))[0]?.state === 'delivered');
    await waitFor('the slow one to have it', () => w.at(slow.path).length === 1);
    // While it has not answered, no worker sends it anything else.
    await w.test(slow.id);
    await w.sweep();
    expect(w.at(slow.path)).toHaveLength(1);
    await w.clock.advance(15_000);
    await controller.settled();
    const attempts = (await w.deliveriesOf(slow.id)).flatMap((delivery) => delivery.attempts);
    expect(attempts).toMatchObject([{ durationMs: 15_000, status: null, error: { code: 'TIMEOUT' } }]);
  });

  it('when a worker dies between sending and writing it down, another one sends it again with the same id, once', async () => {
    const { id, path } = await w.addWebhook();
    await w.test(id);
    const late = Promise.withResolvers<void>();
    const dying = w.makeController(async (message, until) => {
      const answer = await w.send(message, until);
      await late.promise;
      return answer;
    });
    await dying.sweep(w.signal);
    await waitFor('the first request', () => w.at(path).length === 1);
    await w.sweep();
    expect(w.at(path)).toHaveLength(1);
    w.clock.jump(60_000);
    await w.sweep();
    expect(w.at(path).map(({ headers }) => headers['webhook-id'])).toHaveLength(2);
    expect(new Set(w.at(path).map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    // Whoever comes back from the dead changes nothing any more.
    late.resolve();
    await dying.settled();
    expect((await w.deliveriesOf(id))[0]).toMatchObject({ state: 'delivered', attempts: [{ number: 1 }] });
    await w.sweep();
    expect(w.at(path)).toHaveLength(2);
  });

  it('when a worker is stopped while it sends, nothing is lost and nothing counts as failed', async () => {
    const { id, path } = await w.addWebhook();
    w.answers.set(path, () => undefined);
    await w.test(id);
    const ending = new AbortController();
    const controller = w.makeController();
    await controller.sweep(ending.signal);
    await waitFor('the request', () => w.at(path).length === 1);
    ending.abort(new Error('the worker is closing'));
    await controller.settled();
    expect((await w.deliveriesOf(id))[0]).toMatchObject({ state: 'pending', attempts: [] });
    w.answers.delete(path);
    await w.sweep();
    expect((await w.deliveriesOf(id))[0]).toMatchObject({ state: 'delivered', attempts: [{ number: 1 }] });
  });

  it('when two workers look at the same time, each event is sent once, in order', async () => {
    const { id, path } = await w.addWebhook();
    const expected: string[] = [];
    for (let index = 0; index < 15; index += 1) expected.push((await w.test(id)).eventId);
    const controllers = [w.makeController(), w.makeController()];
    await Promise.all(controllers.map((each) => each.sweep(w.signal)));
    await Promise.all(controllers.map((each) => each.settled()));
    expect(w.at(path).map(({ headers }) => headers['webhook-id'])).toEqual(expected);
  });
});
