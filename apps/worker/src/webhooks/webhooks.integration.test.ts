import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import {
  isWantedEvent,
  type WebhookDelivery,
  type WebhookEvent,
  type WebhookEventType,
  webhookEventSchema,
  webhookEventTypes,
} from '@sluice/contracts';
import { type FindAddresses, type Log, sealSecret, silentLog, systemRandom } from '@sluice/platform';
import { VirtualClock, waitFor } from '@sluice/platform/testing';
import {
  createHold,
  createWebhook,
  getStoredWebhook,
  liftHold,
  listLedgerEntries,
  listWebhookDeliveries,
  noteListening,
  recordPresence,
  replayFailedDeliveries,
  replayWebhookDelivery,
  rotateWebhookSecret,
  testWebhook,
  toWebhook,
  updateWebhook,
  watchDevices,
  webhookSecretIdentity,
} from '@sluice/store';
import {
  canaryPolicy,
  createRolloutWorld,
  type RolloutWorld,
  SEED_CONTEXT,
  SEED_SECRET_KEY,
  seedApplication,
  seedDevices,
  seedKeyring,
  wholeSuccess,
} from '@sluice/testkit';
import { Webhook as Verifier } from 'standardwebhooks';
import { Value } from 'typebox/value';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createSend, type Send } from './send.ts';
import { webhookTargets } from './targets.ts';
import { createWebhookController, type WebhookController } from './webhook-controller.ts';

const clock = new VirtualClock(Date.now());
const { signal } = new AbortController();
const logged: string[] = [];
const log: Log = { ...silentLog, error: (fields) => void logged.push(JSON.stringify(fields)) };
const targets = webhookTargets(['127.0.0.1']);
/** The names of these tests; no other is asked for. */
const find: FindAddresses = (name, _options, done) =>
  name === 'hooks.test'
    ? done(null, [{ address: '127.0.0.1', family: 4 }])
    : done(Object.assign(new Error(name), { code: 'ENOTFOUND' }), []);
const send = createSend(targets, find);

type Received = { path: string; headers: IncomingMessage['headers']; body: string; answer: ServerResponse };
const received: Received[] = [];
/** What the receiver answers at a path; undefined: 204. */
const answers = new Map<string, (answer: ServerResponse) => void>();
const server = createServer((request, answer) => {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    const path = request.url ?? '';
    received.push({ path, headers: request.headers, body: Buffer.concat(parts).toString(), answer });
    (answers.get(path) ?? ((each) => each.writeHead(204).end()))(answer);
  });
});

let world: RolloutWorld;
let organizationId: string;
let port: number;
let count = 0;
const secretOf = new Map<string, string>();

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as { port: number }).port;
  world = await createRolloutWorld({ clock });
  organizationId = world.fleet.organization.id;
});
// Or each sweep would serve what earlier tests left.
afterEach(() => world.store.query('delete from webhook'));
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await world?.close();
  expect(logged).toEqual([]);
});

const makeController = (own: Send = send): WebhookController =>
  createWebhookController({ store: world.store, clock, random: systemRandom, log, targets, send: own, keyring: seedKeyring() });
async function sweep(controller = makeController()): Promise<void> {
  await controller.sweep(signal);
  await controller.settled();
}
const newSecret = (): string => `whsec_${Buffer.from(systemRandom.randomBytes(32)).toString('base64')}`;

async function addWebhook(
  options: { events?: string[]; applicationId?: string; url?: string } = {},
): Promise<{ id: string; path: string }> {
  count += 1;
  const path = `/hook-${count}`;
  const { events = ['webhook.test'], applicationId = null, url = `http://hooks.test:${port}${path}` } = options;
  const secret = newSecret();
  const id = await world.store.transaction(async (tx) => {
    const webhookId = tx.uuid();
    const sealedSecret = sealSecret(SEED_SECRET_KEY, secret, webhookSecretIdentity(webhookId));
    const settings = { id: webhookId, url, description: '', events, applicationId, enabled: true, sealedSecret };
    await createWebhook(tx, organizationId, settings, SEED_CONTEXT);
    return webhookId;
  });
  secretOf.set(id, secret);
  return { id, path };
}
const webhookOf = async (id: string) => toWebhook(await getStoredWebhook(world.store, organizationId, id), new Date(clock.now()));
const deliveriesOf = async (webhookId: string): Promise<WebhookDelivery[]> =>
  (await listWebhookDeliveries(world.store, organizationId, { webhookId, limit: 200 })).items;
const test = (id: string) => world.store.transaction((tx) => testWebhook(tx, organizationId, id, SEED_CONTEXT));
const at = (path: string): Received[] => received.filter((each) => each.path === path);
const typesAt = (path: string): WebhookEventType[] => at(path).map(({ body }) => (JSON.parse(body) as WebhookEvent).type);
/** Lets the time pass until the next attempt is due, and makes it. */
async function nextAttempt(id: string): Promise<WebhookDelivery | undefined> {
  const [delivery] = await deliveriesOf(id);
  const { pausedUntil } = await getStoredWebhook(world.store, organizationId, id);
  const dueMs = Math.max(Date.parse(delivery?.nextAttemptAt ?? ''), pausedUntil?.getTime() ?? 0);
  clock.jump(Math.max(0, dueMs - clock.now()));
  await sweep();
  return (await deliveriesOf(id))[0];
}

describe('what is told', () => {
  it('when a release goes out, whoever wants to know is told each step of it in order, by the schema, and nothing per device', async () => {
    const all = await addWebhook({ events: ['*'] });
    const waves = await addWebhook({ events: ['wave.*', 'release.published'] });
    const other = await seedApplication(world.store, world.fleet.organization, 'another line');
    const elsewhere = await addWebhook({ events: ['*'], applicationId: other.id });
    const policy = { ...canaryPolicy(), approval: { required: 1, role: 'operator', creatorExcluded: false } } as const;
    const stage = await world.fleet.addStage('told', { devices: 12, policy });
    const release = await world.fleet.publish();
    const first = await world.promote({ releaseId: release.id, stageId: stage.id });
    await world.act(first.id, 'reject');
    await world.settle();
    await world.store.query("update rollout_policy set policy = policy - 'approval'");
    const { id } = await world.promote({ releaseId: release.id, stageId: stage.id });
    await world.settle();
    await world.devices.report(stage.deviceIds, wholeSuccess);
    await world.act(id, 'pause');
    await world.act(id, 'resume');
    await world.settle();
    await world.devices.report(stage.deviceIds, wholeSuccess);
    await world.settle();
    const hold = await world.store.transaction((tx) =>
      createHold(tx, organizationId, { stageId: stage.id, reason: 'the line is cleaned' }, SEED_CONTEXT),
    );
    await world.store.transaction((tx) => liftHold(tx, organizationId, { holdId: hold.id, reason: 'clean' }, SEED_CONTEXT));
    await sweep();
    const told = typesAt(all.path);
    expect(told).toEqual([
      'snapshot.created',
      'release.published',
      'rollout.approval_needed',
      'rollout.rejected',
      'rollout.started',
      'wave.started',
      'rollout.paused',
      'rollout.resumed',
      'wave.succeeded',
      'wave.started',
      'wave.succeeded',
      'rollout.succeeded',
      'hold.placed',
      'hold.lifted',
    ]);
    expect(typesAt(waves.path)).toEqual(told.filter((type) => isWantedEvent(['wave.*', 'release.published'], type)));
    expect(at(elsewhere.path)).toEqual([]);
    for (const { body, headers } of at(all.path)) {
      const event = JSON.parse(body) as WebhookEvent;
      const errors = Value.Errors(webhookEventSchema(event.type), event);
      expect({ type: event.type, errors: [...errors] }).toEqual({ type: event.type, errors: [] });
      expect(headers['webhook-id']).toBe(event.id);
    }
    const [paused] = at(all.path).flatMap(({ body }) =>
      body.includes('"rollout.paused"') ? [JSON.parse(body) as WebhookEvent<'rollout'>] : [],
    );
    expect(paused?.data).toMatchObject({
      actor: { kind: 'person', name: 'Petra' },
      application: { id: world.fleet.applicationId },
      release: { id: release.id, counter: release.counter },
      stage: { id: stage.id, name: 'told' },
      rollout: { id, size: 12 },
      wave: null,
    });
  });

  it('when a change does not come to pass, nobody is told of it; without a listener nothing is written', async () => {
    const written = async () => (await world.store.query<{ n: number }>('select count(*)::int as n from webhook_event'))[0]?.n;
    const before = await written();
    await seedApplication(world.store, world.fleet.organization, 'unheard');
    await world.fleet.publish();
    expect(await written()).toBe(before);
    const { id } = await addWebhook({ events: ['*'] });
    await expect(
      world.store.transaction(async (tx) => {
        await tx.record({
          organizationId,
          actor: SEED_CONTEXT.actor,
          action: 'hold.placed',
          target: { kind: 'hold', id: '01935b6e-8f00-7000-8000-000000000001' },
        });
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect(await deliveriesOf(id)).toEqual([]);
  });

  it('when an older transaction is still open, what came after it waits, and both go in their order', async () => {
    const { id, path } = await addWebhook({ events: ['release.published'] });
    const [open, mayEnd] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const older = world.store.transaction(async (tx) => {
      await tx.execute('update webhook set description = description where false');
      await tx.query('select pg_current_xact_id()');
      open.resolve();
      await mayEnd.promise;
      await testWebhook(tx, organizationId, id, SEED_CONTEXT);
    });
    await open.promise;
    await world.fleet.publish();
    await sweep();
    expect(at(path)).toEqual([]);
    mayEnd.resolve();
    await older;
    await sweep();
    expect(typesAt(path)).toEqual(['webhook.test', 'release.published']);
  });
});

describe('how it is sent', () => {
  it('when an event is sent, its signature verifies with the secret, and not if one byte of it was changed', async () => {
    const { id, path } = await addWebhook();
    answers.set(path, (answer) => answer.end('x'.repeat(5_000)));
    await test(id);
    await sweep();
    const [sent] = at(path);
    const headers = sent?.headers as Record<string, string>;
    const verifier = new Verifier(secretOf.get(id) ?? '');
    expect(verifier.verify(sent?.body ?? '', headers)).toMatchObject({ type: 'webhook.test', version: 1, organizationId });
    expect(() => verifier.verify(`${sent?.body ?? ''} `, headers)).toThrow();
    expect(() => verifier.verify(sent?.body ?? '', { ...headers, 'webhook-id': 'another' })).toThrow();
    expect(() => new Verifier(newSecret()).verify(sent?.body ?? '', headers)).toThrow();
    const [delivery] = await deliveriesOf(id);
    expect(delivery).toMatchObject({ state: 'delivered', nextAttemptAt: null, attempts: [{ number: 1, status: 200, error: null }] });
    expect(delivery?.attempts[0]?.answer).toBe('x'.repeat(1_024));
    expect(await webhookOf(id)).toMatchObject({ state: 'active', pending: 0, lastError: null });
  });

  it('when the secret is rotated, the old one verifies beside the new one until its time is over', async () => {
    const { id, path } = await addWebhook();
    const [oldSecret, secret] = [secretOf.get(id) ?? '', newSecret()];
    const sealedSecret = sealSecret(SEED_SECRET_KEY, secret, webhookSecretIdentity(id));
    await world.store.transaction((tx) =>
      rotateWebhookSecret(tx, organizationId, { webhookId: id, sealedSecret, overlapMs: 60_000 }, SEED_CONTEXT),
    );
    const verifies = async (): Promise<boolean[]> => {
      await test(id);
      await sweep();
      const headers = at(path).at(-1)?.headers ?? {};
      const body = at(path).at(-1)?.body ?? '';
      const sentAt = new Date(Number(headers['webhook-timestamp']) * 1000);
      const signatures = String(headers['webhook-signature']).split(' ');
      return [oldSecret, secret].map((each) => signatures.includes(new Verifier(each).sign(String(headers['webhook-id']), sentAt, body)));
    };
    expect(await verifies()).toEqual([true, true]);
    clock.jump(60_000);
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
    ['hangs up', (answer: ServerResponse) => void answer.socket?.destroy(), 'UNREACHABLE', 'closed the connection'],
    [
      'redirects to an internal address',
      (answer: ServerResponse) => void answer.writeHead(307, { location: 'http://127.0.0.1:1/internal' }).end(),
      'REDIRECTED',
      'http://127.0.0.1:1/internal, an internal address: refused',
    ],
  ])('when the receiver %s, the log says so in words, and it is tried again', async (_what, answer, code, words) => {
    const { id, path } = await addWebhook();
    answers.set(path, answer);
    await test(id);
    await sweep();
    const [delivery] = await deliveriesOf(id);
    expect(delivery).toMatchObject({ state: 'pending', attempts: [{ error: { code, message: expect.stringContaining(words) } }] });
    expect(await webhookOf(id)).toMatchObject({ state: 'failing', failures: 1, lastError: { code } });
    answers.delete(path);
    expect(await nextAttempt(id)).toMatchObject({ state: 'delivered', attempts: [{ number: 1 }, { number: 2, status: 204 }] });
    expect(at(path).map(({ headers }) => headers['webhook-id'])).toEqual([delivery?.eventId, delivery?.eventId]);
    expect(await webhookOf(id)).toMatchObject({ state: 'active', failures: 0, failingSince: null, lastError: null });
  });

  it.each([
    ['a name that nobody knows', () => 'http://gone.test/', 'NAME_UNKNOWN'],
    ['a port at which nobody listens', () => 'http://hooks.test:1/', 'UNREACHABLE'],
    ['no TLS where https was said', () => `https://hooks.test:${port}/`, 'TLS_FAILED'],
    ['an internal address', () => 'https://10.255.0.1/', 'ADDRESS_REFUSED'],
    ['http to a public address', () => 'http://8.8.8.8/', 'ADDRESS_REFUSED'],
  ])('when the address of a webhook is %s, that is what the log says', async (_what, url, code) => {
    const { id } = await addWebhook({ url: url() });
    await test(id);
    await sweep();
    expect((await deliveriesOf(id))[0]?.attempts).toMatchObject([{ status: null, error: { code } }]);
  });

  it('when a receiver fails for good, it is given up after its last attempt, and what failed can be replayed since a time', async () => {
    const { id, path } = await addWebhook();
    answers.set(path, (answer) => answer.writeHead(503).end());
    const since = new Date(clock.now());
    await test(id);
    let attempts = 0;
    for (let delivery = await nextAttempt(id); delivery?.state === 'pending'; delivery = await nextAttempt(id)) attempts += 1;
    expect(attempts).toBe(10);
    expect(at(path)).toHaveLength(11);
    expect((clock.now() - since.getTime()) / 3_600_000).toBeGreaterThan(30);
    const replay = (from: Date) =>
      world.store.transaction((tx) => replayFailedDeliveries(tx, organizationId, { webhookId: id, since: from }, SEED_CONTEXT));
    expect(await replay(new Date(clock.now()))).toBe(0);
    expect(await replay(since)).toBe(1);
    answers.delete(path);
    expect(await nextAttempt(id)).toMatchObject({ state: 'delivered' });
    const [delivered] = await deliveriesOf(id);
    await world.store.transaction((tx) =>
      replayWebhookDelivery(tx, organizationId, { webhookId: id, deliveryId: delivered?.id ?? '' }, SEED_CONTEXT),
    );
    expect(await nextAttempt(id)).toMatchObject({ state: 'delivered', eventId: delivered?.eventId });
    expect(new Set(at(path).map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  });

  it('when a receiver says 410, or nothing comes through for days, its webhook is disabled, and ledger and log say why', async () => {
    const gone = await addWebhook();
    answers.set(gone.path, (answer) => answer.writeHead(410).end());
    await test(gone.id);
    await test(gone.id);
    await sweep();
    expect(await webhookOf(gone.id)).toMatchObject({ state: 'disabled', enabled: false, pending: 1, disabled: { code: 'gone' } });
    await sweep();
    expect(at(gone.path)).toHaveLength(1);
    const dead = await addWebhook();
    answers.set(dead.path, (answer) => answer.writeHead(500).end());
    await test(dead.id);
    await sweep();
    clock.jump(73 * 3_600_000);
    await world.store.query('update webhook_delivery set attempts = 10 where webhook_id = $1', [dead.id]);
    await sweep();
    expect(await webhookOf(dead.id)).toMatchObject({ enabled: false, disabled: { code: 'failing' } });
    const entries = await listLedgerEntries(world.store, organizationId, { action: 'webhook.disabled' });
    expect(entries.items.map(({ target }) => target.id).sort()).toEqual([gone.id, dead.id].sort());
    answers.clear();
    const settings = { description: '', events: ['*'], applicationId: null, enabled: true };
    await world.store.transaction((tx) =>
      updateWebhook(tx, organizationId, { webhookId: gone.id, version: null, change: ({ url }) => ({ ...settings, url }) }, SEED_CONTEXT),
    );
    await sweep();
    expect(await webhookOf(gone.id)).toMatchObject({ state: 'active', pending: 0, disabled: null });
  });
});

describe('workers', () => {
  it('when a receiver is slow, the others get theirs meanwhile; it is cut off in time', async () => {
    const [slow, quick] = [await addWebhook(), await addWebhook()];
    answers.set(slow.path, () => undefined);
    await test(slow.id);
    await test(quick.id);
    const controller = makeController();
    await controller.sweep(signal);
    await waitFor('the quick one', async () => (await deliveriesOf(quick.id))[0]?.state === 'delivered');
    await waitFor('the slow one to have it', () => at(slow.path).length === 1);
    // While it has not answered, no worker sends it anything else.
    await test(slow.id);
    await sweep();
    expect(at(slow.path)).toHaveLength(1);
    await clock.advance(15_000);
    await controller.settled();
    const attempts = (await deliveriesOf(slow.id)).flatMap((delivery) => delivery.attempts);
    expect(attempts).toMatchObject([{ durationMs: 15_000, status: null, error: { code: 'TIMEOUT' } }]);
  });

  it('when a worker dies between sending and writing it down, another one sends it again with the same id, once', async () => {
    const { id, path } = await addWebhook();
    await test(id);
    const late = Promise.withResolvers<void>();
    const dying = makeController(async (message, until) => {
      const answer = await send(message, until);
      await late.promise;
      return answer;
    });
    await dying.sweep(signal);
    await waitFor('the first request', () => at(path).length === 1);
    await sweep();
    expect(at(path)).toHaveLength(1);
    clock.jump(60_000);
    await sweep();
    expect(at(path).map(({ headers }) => headers['webhook-id'])).toHaveLength(2);
    expect(new Set(at(path).map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    // Whoever comes back from the dead changes nothing any more.
    late.resolve();
    await dying.settled();
    expect((await deliveriesOf(id))[0]).toMatchObject({ state: 'delivered', attempts: [{ number: 1 }] });
    await sweep();
    expect(at(path)).toHaveLength(2);
  });

  it('when a worker is stopped while it sends, nothing is lost and nothing counts as failed', async () => {
    const { id, path } = await addWebhook();
    answers.set(path, () => undefined);
    await test(id);
    const ending = new AbortController();
    const controller = makeController();
    await controller.sweep(ending.signal);
    await waitFor('the request', () => at(path).length === 1);
    ending.abort(new Error('the worker is closing'));
    await controller.settled();
    expect((await deliveriesOf(id))[0]).toMatchObject({ state: 'pending', attempts: [] });
    answers.delete(path);
    await sweep();
    expect((await deliveriesOf(id))[0]).toMatchObject({ state: 'delivered', attempts: [{ number: 1 }] });
  });

  it('when two workers look at the same time, each event is sent once, in order', async () => {
    const { id, path } = await addWebhook();
    const expected: string[] = [];
    for (let index = 0; index < 15; index += 1) expected.push((await test(id)).eventId);
    const controllers = [makeController(), makeController()];
    await Promise.all(controllers.map((each) => each.sweep(signal)));
    await Promise.all(controllers.map((each) => each.settled()));
    expect(at(path).map(({ headers }) => headers['webhook-id'])).toEqual(expected);
  });
});

describe('devices in trouble', () => {
  const limits = { offlineAfterMs: 300_000, unhealthyAfterMs: 60_000 };
  /** Two workers look at once, as they do. */
  const look = async (): Promise<number> => {
    const events = await Promise.all([1, 2].map(() => world.store.transaction((tx) => watchDevices(tx, limits))));
    return events.reduce((sum, each) => sum + each, 0);
  };
  const listen = async (): Promise<void> => noteListening(world.store, new Date(clock.now()));
  /** Time passes in which the api listens and these devices are heard. */
  const pass = async (ms: number, heard: readonly string[]): Promise<void> => {
    for (let passedMs = 0; passedMs < ms; passedMs += 20_000) {
      clock.jump(20_000);
      await listen();
    }
    await recordPresence(world.store, new Map(heard.map((id) => [id, clock.now()])));
  };
  const told = (path: string) => at(path).map(({ body }) => JSON.parse(body) as WebhookEvent<'device'>);

  it('when a site goes dark, comes back or is unwell, each transition is one event that counts its devices, told once', async () => {
    const seenAt = new Date(clock.now());
    const { ids } = await seedDevices(world.store, { id: organizationId }, { count: 130, prefix: 'site', seenAt });
    const { ids: away } = await seedDevices(world.store, { id: organizationId }, { count: 3, prefix: 'away', seenAt: new Date(0) });
    await listen();
    await pass(320_000, ids);
    const { path } = await addWebhook({ events: ['device.*'] });
    // Who was away before anybody wanted to know is no news.
    expect(await look()).toBe(0);
    await pass(320_000, ids.slice(120));
    expect(await look()).toBe(1);
    expect(await look()).toBe(0);
    await pass(20_000, [...ids, ...away]);
    expect(await look()).toBe(1);
    await sweep();
    const [offline, recovered] = told(path);
    expect(offline).toMatchObject({ type: 'device.offline', data: { application: null, cause: 'offline', count: 120 } });
    expect(offline?.data.devices).toHaveLength(100);
    expect(offline?.data.devices[0]).toMatchObject({ name: 'site-00001' });
    expect(recovered).toMatchObject({ type: 'device.recovered', data: { cause: 'offline', count: 123 } });
    for (const event of told(path)) expect([...Value.Errors(webhookEventSchema(event.type), event)]).toEqual([]);

    const release = await world.fleet.publish();
    const unwell = { releaseId: release.id, health: 'unhealthy' } as const;
    const { ids: sick } = await seedDevices(world.store, { id: organizationId }, { count: 2, prefix: 'sick', running: unwell });
    expect(await look()).toBe(0);
    await pass(60_000, ids);
    expect(await look()).toBe(1);
    await world.devices.health(sick, 'healthy');
    expect(await look()).toBe(1);
    await sweep();
    const application = { id: world.fleet.applicationId };
    expect(told(path).slice(2)).toMatchObject([
      { type: 'device.unhealthy', data: { application, count: 2, devices: [{ name: 'sick-00001' }, { name: 'sick-00002' }] } },
      { type: 'device.recovered', data: { application, cause: 'unhealthy', count: 2 } },
    ]);
  });

  it('when the control plane itself was away, no device is blamed for it, and each gets its time to come back', async () => {
    const { ids } = await seedDevices(
      world.store,
      { id: organizationId },
      { count: 5, prefix: 'blameless', seenAt: new Date(clock.now()) },
    );
    const { path } = await addWebhook({ events: ['device.offline'] });
    await world.store.query("update device set approval = 'revoked' where name not like 'blameless%'");
    await pass(320_000, ids);
    expect(await look()).toBe(0);
    // The worker looks on while no api process listens, and when one just began to again.
    clock.jump(3_600_000);
    expect(await look()).toBe(0);
    await listen();
    expect(await look()).toBe(0);
    await pass(240_000, ids.slice(0, 4));
    expect(await look()).toBe(0);
    await pass(100_000, ids.slice(0, 4));
    expect(await look()).toBe(1);
    await sweep();
    expect(told(path).map(({ data }) => data.devices.map(({ name }) => name))).toEqual([['blameless-00005']]);
  });
});

it('when a type of event is named, it has a family and a schema', () => {
  for (const type of webhookEventTypes) expect(webhookEventSchema(type)).toMatchObject({ type: 'object' });
});
