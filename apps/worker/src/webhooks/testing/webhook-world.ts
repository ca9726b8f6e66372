import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { WebhookDelivery, WebhookEvent, WebhookEventFamily, WebhookEventType } from '@sluice/contracts';
import { type FindAddresses, type Log, sealSecret, silentLog, systemRandom } from '@sluice/platform';
import { VirtualClock } from '@sluice/platform/testing';
import { createWebhook, getStoredWebhook, listWebhookDeliveries, testWebhook, toWebhook, webhookSecretIdentity } from '@sluice/store';
import { createRolloutWorld, SEED_CONTEXT, SEED_SECRET_KEY, seedKeyring } from '@sluice/testkit';
import { createSend, type Send } from '../send.ts';
import { webhookTargets } from '../targets.ts';
import { createWebhookController, type WebhookController } from '../webhook-controller.ts';

type Received = { path: string; headers: IncomingMessage['headers']; body: string; answer: ServerResponse };

/** A server that keeps what it gets. `answers`: what it answers at a path (default: 204). */
async function startReceiver() {
  const received: Received[] = [];
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
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { received, answers, port, close };
}

/** A secret as the API makes them. */
export const newSecret = (): string => `whsec_${Buffer.from(systemRandom.randomBytes(32)).toString('base64')}`;

/** Any name leads nowhere but `hooks.test`, which is this machine. */
const find: FindAddresses = (name, _options, done) =>
  name === 'hooks.test'
    ? done(null, [{ address: '127.0.0.1', family: 4 }])
    : done(Object.assign(new Error(name), { code: 'ENOTFOUND' }), []);

/** A fleet whose webhooks go to a receiver of this process, with a clock that stands still. */
export async function createWebhookWorld() {
  const clock = new VirtualClock(Date.now());
  const { signal } = new AbortController();
  const [receiver, world] = await Promise.all([startReceiver(), createRolloutWorld({ clock })]);
  const { received, answers, port } = receiver;
  const { store } = world;
  const organizationId = world.fleet.organization.id;
  const targets = webhookTargets(['127.0.0.1']);
  const send = createSend(targets, find);
  const secretOf = new Map<string, string>();
  /** What nobody foresaw: none of these tests may log it. */
  const errors: string[] = [];
  const log: Log = { ...silentLog, error: (fields) => void errors.push(JSON.stringify(fields)) };
  let count = 0;

  const makeController = (own: Send = send): WebhookController =>
    createWebhookController({ store, clock, random: systemRandom, log, targets, send: own, keyring: seedKeyring() });
  const sweep = async (controller = makeController()): Promise<void> => {
    await controller.sweep(signal);
    await controller.settled();
  };

  const addWebhook = async (options: { events?: string[]; applicationId?: string; url?: string } = {}) => {
    count += 1;
    const path = `/hook-${count}`;
    const { events = ['webhook.test'], applicationId = null, url = `http://hooks.test:${port}${path}` } = options;
    const secret = newSecret();
    const id = await store.transaction(async (tx) => {
      const webhookId = tx.uuid();
      const sealedSecret = sealSecret(SEED_SECRET_KEY, secret, webhookSecretIdentity(webhookId));
      const settings = { id: webhookId, url, description: '', events, applicationId, enabled: true, sealedSecret };
      await createWebhook(tx, organizationId, settings, SEED_CONTEXT);
      return webhookId;
    });
    secretOf.set(id, secret);
    return { id, path };
  };
  const webhookOf = async (id: string) => toWebhook(await getStoredWebhook(store, organizationId, id), new Date(clock.now()));
  const deliveriesOf = async (webhookId: string): Promise<WebhookDelivery[]> =>
    (await listWebhookDeliveries(store, organizationId, { webhookId, limit: 200 })).items;
  const at = (path: string): Received[] => received.filter((each) => each.path === path);
  const eventsAt = <F extends WebhookEventFamily>(path: string) => at(path).map(({ body }) => JSON.parse(body) as WebhookEvent<F>);

  return {
    world,
    store,
    organizationId,
    clock,
    signal,
    port,
    answers,
    errors,
    secretOf,
    send,
    makeController,
    sweep,
    addWebhook,
    webhookOf,
    deliveriesOf,
    test: (id: string) => store.transaction((tx) => testWebhook(tx, organizationId, id, SEED_CONTEXT)),
    at,
    eventsAt,
    typesAt: (path: string): WebhookEventType[] => eventsAt(path).map(({ type }) => type),
    /** Lets the time pass until the next attempt is due, and makes it. */
    nextAttempt: async (id: string): Promise<WebhookDelivery | undefined> => {
      const [delivery] = await deliveriesOf(id);
      const { pausedUntil } = await getStoredWebhook(store, organizationId, id);
      const dueMs = Math.max(Date.parse(delivery?.nextAttemptAt ?? ''), pausedUntil?.getTime() ?? 0);
      clock.jump(Math.max(0, dueMs - clock.now()));
      await sweep();
      return (await deliveriesOf(id))[0];
    },
    /** Or each sweep would serve what earlier tests left. */
    forget: () => store.query('delete from webhook'),
    close: async () => {
      await receiver.close();
      await world.close();
    },
  };
}
export type WebhookWorld = Awaited<ReturnType<typeof createWebhookWorld>>;
