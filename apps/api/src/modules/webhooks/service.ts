import type {
  CreateWebhookRequest,
  Page,
  PageQuery,
  ReplayedDeliveries,
  ReplayWebhookRequest,
  RotateWebhookSecretRequest,
  UpdateWebhookRequest,
  Webhook,
  WebhookDelivery,
  WebhookDeliveryDetail,
  WebhookDeliveryQuery,
  WebhookWithSecret,
} from '@sluice/contracts';
import type { Random } from '@sluice/platform';
import {
  type ChangeContext,
  createWebhook,
  getStoredWebhook,
  getWebhookDelivery,
  type Keyring,
  listWebhookDeliveries,
  listWebhooks,
  removeWebhook,
  replayFailedDeliveries,
  replayWebhookDelivery,
  rotateWebhookSecret,
  type Store,
  type Transaction,
  testWebhook,
  toWebhook,
  updateWebhook,
  webhookSecretIdentity,
} from '@sluice/store';
import type { PurposeKeys } from '../../dependencies.ts';
import { createIdempotency } from '../../http/idempotently.ts';
import { changedWebhook, newWebhook } from './settings.ts';

export type WebhooksDependencies = { store: Store; random: Random; keys: PurposeKeys; keyring: Keyring };

export type WebhookAddress = { organizationId: string; webhookId: string };
type Repeatable = { key: string | undefined };
type DeliveryAddress = WebhookAddress & { deliveryId: string };

export type Webhooks = {
  /** @throws StoreError NOT_FOUND, STATE_CONFLICT; ApiError VALIDATION_FAILED, IDEMPOTENCY_KEY_REUSED */
  create(input: Repeatable & { organizationId: string; request: CreateWebhookRequest }, context: ChangeContext): Promise<WebhookWithSecret>;
  list(organizationId: string, page: PageQuery): Promise<Page<Webhook>>;
  /** @throws StoreError NOT_FOUND */
  get(address: WebhookAddress): Promise<Webhook>;
  /** `version`: as the client last read it; null when it does not matter. @throws StoreError NOT_FOUND, VERSION_STALE; ApiError VALIDATION_FAILED */
  update(input: WebhookAddress & { version: number | null; request: UpdateWebhookRequest }, context: ChangeContext): Promise<Webhook>;
  /** @throws StoreError NOT_FOUND */
  remove(address: WebhookAddress, context: ChangeContext): Promise<void>;
  /** @throws StoreError NOT_FOUND; ApiError IDEMPOTENCY_KEY_REUSED */
  rotateSecret(
    input: WebhookAddress & Repeatable & { request: RotateWebhookSecretRequest },
    context: ChangeContext,
  ): Promise<WebhookWithSecret>;
  /** @throws StoreError NOT_FOUND, STATE_CONFLICT; ApiError IDEMPOTENCY_KEY_REUSED */
  test(input: WebhookAddress & Repeatable, context: ChangeContext): Promise<WebhookDelivery>;
  /** @throws StoreError NOT_FOUND, STATE_CONFLICT; ApiError IDEMPOTENCY_KEY_REUSED */
  replay(input: WebhookAddress & Repeatable & { request: ReplayWebhookRequest }, context: ChangeContext): Promise<ReplayedDeliveries>;
  /** @throws StoreError NOT_FOUND */
  listDeliveries(address: WebhookAddress, query: WebhookDeliveryQuery): Promise<Page<WebhookDelivery>>;
  /** @throws StoreError NOT_FOUND */
  getDelivery(address: DeliveryAddress): Promise<WebhookDeliveryDetail>;
  /** @throws StoreError NOT_FOUND, STATE_CONFLICT; ApiError IDEMPOTENCY_KEY_REUSED */
  replayDelivery(input: DeliveryAddress & Repeatable, context: ChangeContext): Promise<WebhookDelivery>;
};

/** What Standard Webhooks recommend at least is 24 bytes. */
const SECRET_BYTES = 32;
const overlapSecondsDefault = 86_400;

/** Makes the module of webhooks. Sending is the worker's. */
export function createWebhooks({ store, random, keys, keyring }: WebhooksDependencies): Webhooks {
  const idempotently = createIdempotency({ store, keys });

  const newSealedSecret = async (tx: Transaction, organizationId: string, webhookId: string): Promise<Buffer> => {
    const secret = `whsec_${Buffer.from(random.randomBytes(SECRET_BYTES)).toString('base64')}`;
    return (await keyring.sealer(tx, organizationId))(secret, webhookSecretIdentity(webhookId));
  };

  // A repeated answer is stored without the secret, which stands in its own row only: it is read from there as long as it is still this one.
  const withSecret = async (organizationId: string, webhook: Webhook): Promise<WebhookWithSecret> => {
    const [stored] = await store.query<{ sealed: Buffer; at: Date }>(
      'select sealed_secret as sealed, secret_created_at as at from webhook where organization_id = $1 and id = $2',
      [organizationId, webhook.id],
    );
    if (stored === undefined || stored.at.toISOString() !== webhook.secretCreatedAt) return { ...webhook, secret: null };
    const secret = await keyring.open(store, { sealed: stored.sealed, identity: webhookSecretIdentity(webhook.id) });
    return { ...webhook, secret: secret.toString('utf8') };
  };

  return {
    create: async ({ organizationId, key, request }, context) => {
      const settings = newWebhook(request);
      const repeatable = { organizationId, actor: context.actor, key, request: ['createWebhook', request] };
      const webhook = await idempotently(repeatable, async (tx) => {
        const id = tx.uuid();
        const sealedSecret = await newSealedSecret(tx, organizationId, id);
        const created = await createWebhook(tx, organizationId, { ...settings, id, sealedSecret }, context);
        return toWebhook(created, tx.now);
      });
      return withSecret(organizationId, webhook);
    },
    list: (organizationId, page) => listWebhooks(store, organizationId, page),
    get: async ({ organizationId, webhookId }) =>
      toWebhook(await getStoredWebhook(store, organizationId, webhookId), new Date(store.clock.now())),
    update: ({ organizationId, webhookId, version, request }, context) =>
      store.transaction(async (tx) => {
        const change = { webhookId, version, change: (before: Parameters<typeof changedWebhook>[0]) => changedWebhook(before, request) };
        return toWebhook(await updateWebhook(tx, organizationId, change, context), tx.now);
      }),
    remove: ({ organizationId, webhookId }, context) => store.transaction((tx) => removeWebhook(tx, organizationId, webhookId, context)),
    rotateSecret: async ({ organizationId, webhookId, key, request }, context) => {
      const repeatable = { organizationId, actor: context.actor, key, request: ['rotateWebhookSecret', webhookId, request] };
      const overlapMs = (request.overlapSeconds ?? overlapSecondsDefault) * 1000;
      const webhook = await idempotently(repeatable, async (tx) => {
        const rotation = { webhookId, overlapMs, sealedSecret: await newSealedSecret(tx, organizationId, webhookId) };
        return toWebhook(await rotateWebhookSecret(tx, organizationId, rotation, context), tx.now);
      });
      return withSecret(organizationId, webhook);
    },
    test: ({ organizationId, webhookId, key }, context) =>
      idempotently({ organizationId, actor: context.actor, key, request: ['testWebhook', webhookId] }, (tx) =>
        testWebhook(tx, organizationId, webhookId, context),
      ),
    replay: ({ organizationId, webhookId, key, request }, context) =>
      idempotently({ organizationId, actor: context.actor, key, request: ['replayWebhook', webhookId, request] }, async (tx) => {
        const since = new Date(request.since);
        return { deliveries: await replayFailedDeliveries(tx, organizationId, { webhookId, since }, context) };
      }),
    listDeliveries: ({ organizationId, webhookId }, query) => listWebhookDeliveries(store, organizationId, { ...query, webhookId }),
    getDelivery: ({ organizationId, ...address }) => getWebhookDelivery(store, organizationId, address),
    replayDelivery: ({ organizationId, key, ...address }, context) =>
      idempotently({ organizationId, actor: context.actor, key, request: ['replayWebhookDelivery', address] }, (tx) =>
        replayWebhookDelivery(tx, organizationId, address, context),
      ),
  };
}
