import type { Page, PageQuery, Webhook } from '@sluice/contracts';
import { getApplication } from '../applications/applications.ts';
import { pageById } from '../base/paging.ts';
import type { Reader } from '../base/reader.ts';
import type { Store } from '../base/store.ts';
import type { Transaction } from '../base/transaction.ts';
import { notFound, stateConflict, versionStale } from '../errors.ts';
import { type ChangeContext, entryOf } from '../ledger/change-context.ts';
import { type StoredWebhook, toWebhook, WEBHOOKS, webhookFacts, withoutQuery } from './rows.ts';

/** What people set. */
export type WebhookSettings = { url: string; description: string; events: string[]; applicationId: string | null; enabled: boolean };

export type NewWebhook = WebhookSettings & {
  /** The caller's (`tx.uuid()`): the secret is sealed to it. */
  id: string;
  sealedSecret: Uint8Array;
};

/** So many for each organization: each is sent every event that it wants. */
const WEBHOOKS_MAX = 20;

/** One webhook, as it is stored. @throws StoreError NOT_FOUND */
export async function getStoredWebhook(reader: Reader, organizationId: string, webhookId: string): Promise<StoredWebhook> {
  const [row] = await reader.query<StoredWebhook>(`${WEBHOOKS} where w.organization_id = $1 and w.id = $2`, [organizationId, webhookId]);
  if (row === undefined) throw notFound('webhook', webhookId);
  return row;
}

/** The webhooks of an organization, newest first. */
export async function listWebhooks(store: Store, organizationId: string, query: PageQuery): Promise<Page<Webhook>> {
  const page = await pageById(query, ({ before, limit }) =>
    store.query<StoredWebhook>(`${WEBHOOKS} where w.organization_id = $1 and ($2::uuid is null or w.id < $2) order by w.id desc limit $3`, [
      organizationId,
      before,
      limit,
    ]),
  );
  const now = new Date(store.clock.now());
  return { ...page, items: page.items.map((row) => toWebhook(row, now)) };
}

/**
 * Names somebody who is told what happens, from now on.
 * @throws StoreError NOT_FOUND when the application is not the organization's, STATE_CONFLICT when there are too many
 */
export async function createWebhook(
  tx: Transaction,
  organizationId: string,
  input: NewWebhook,
  context: ChangeContext,
): Promise<StoredWebhook> {
  if (input.applicationId !== null) await getApplication(tx, organizationId, input.applicationId);
  const [count] = await tx.query<{ count: number }>('select count(*)::int as count from webhook where organization_id = $1', [
    organizationId,
  ]);
  if ((count?.count ?? 0) >= WEBHOOKS_MAX) throw stateConflict(`An organization has at most ${WEBHOOKS_MAX} webhooks: delete one first.`);
  await tx.execute(
    `insert into webhook (id, organization_id, url, description, events, application_id, enabled, sealed_secret, secret_created_at,
                          created_by, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $9)`,
    [
      input.id,
      organizationId,
      input.url,
      input.description,
      input.events,
      input.applicationId,
      input.enabled,
      Buffer.from(input.sealedSecret),
      tx.now,
      context.actor.name,
    ],
  );
  return written(tx, organizationId, input.id, { context, action: 'webhook.created' });
}

type Written = {
  context: ChangeContext;
  action: 'webhook.created' | 'webhook.changed' | 'webhook.secret_rotated';
  before?: StoredWebhook;
};

async function written(tx: Transaction, organizationId: string, webhookId: string, how: Written): Promise<StoredWebhook> {
  const webhook = await getStoredWebhook(tx, organizationId, webhookId);
  const { action, before, context } = how;
  const isRotated = action === 'webhook.secret_rotated';
  const after = isRotated ? { previousSecretUntil: webhook.previousSecretUntil?.toISOString() ?? null } : webhookFacts(webhook);
  const happening = { action, target: targetOf(webhook), after, ...(before === undefined ? {} : { before: webhookFacts(before) }) };
  await tx.record(entryOf(organizationId, context, happening));
  await tx.changed(organizationId, 'webhook', [webhookId]);
  return webhook;
}

/** A webhook as the ledger names it. */
export function targetOf({ id, url }: Pick<StoredWebhook, 'id' | 'url'>) {
  return { kind: 'webhook', id, name: withoutQuery(url) } as const;
}

/** The webhook, which nobody else changes before this transaction ends. @throws StoreError NOT_FOUND */
export async function lockWebhook(tx: Transaction, organizationId: string, webhookId: string): Promise<StoredWebhook> {
  await tx.query('select 1 from webhook where organization_id = $1 and id = $2 for no key update', [organizationId, webhookId]);
  return getStoredWebhook(tx, organizationId, webhookId);
}

export type WebhookChange = {
  webhookId: string;
  /** The version that the change was made from; null when it does not matter. */
  version: number | null;
  /** What the webhook becomes; called under its lock. */
  change(before: StoredWebhook): WebhookSettings;
};

/**
 * Changes a webhook. What failed before counts no longer, and what waits for it is tried at once.
 * @throws StoreError NOT_FOUND (also for the application), VERSION_STALE, and whatever `change` throws
 */
export async function updateWebhook(
  tx: Transaction,
  organizationId: string,
  { webhookId, version, change }: WebhookChange,
  context: ChangeContext,
): Promise<StoredWebhook> {
  const before = await lockWebhook(tx, organizationId, webhookId);
  if (version !== null && version !== before.version) throw versionStale('webhook', webhookId, before.version);
  const { url, description, events, applicationId, enabled } = change(before);
  if (applicationId !== null && applicationId !== before.applicationId) await getApplication(tx, organizationId, applicationId);
  await tx.execute(
    `update webhook set url = $3, description = $4, events = $5, application_id = $6, enabled = $7,
            disabled_code = case when $7 or enabled then null else disabled_code end,
            disabled_reason = case when $7 or enabled then null else disabled_reason end,
            claimed_by = case when url = $3 then claimed_by end, claimed_until = case when url = $3 then claimed_until end,
            failures = 0, failing_since = null, error_code = null, error_message = null, paused_until = null, version = version + 1
     where organization_id = $1 and id = $2`,
    [organizationId, webhookId, url, description, events, applicationId, enabled],
  );
  if (enabled)
    await tx.execute(
      `update webhook_delivery set next_attempt_at = $2 where webhook_id = $1 and state = 'pending' and next_attempt_at > $2`,
      [webhookId, tx.now],
    );
  return written(tx, organizationId, webhookId, { context, action: 'webhook.changed', before });
}

/** Tells it nothing any more, and forgets what was sent. @throws StoreError NOT_FOUND */
export async function removeWebhook(tx: Transaction, organizationId: string, webhookId: string, context: ChangeContext): Promise<void> {
  const before = await lockWebhook(tx, organizationId, webhookId);
  await tx.execute('delete from webhook where organization_id = $1 and id = $2', [organizationId, webhookId]);
  await tx.record(entryOf(organizationId, context, { action: 'webhook.removed', target: targetOf(before), before: webhookFacts(before) }));
  await tx.changed(organizationId, 'webhook', [webhookId]);
}

/**
 * Gives the webhook a new secret; the one before signs as well until `overlapMs` have passed. One that was still overlapping is void.
 * @throws StoreError NOT_FOUND
 */
export async function rotateWebhookSecret(
  tx: Transaction,
  organizationId: string,
  input: { webhookId: string; sealedSecret: Uint8Array; overlapMs: number },
  context: ChangeContext,
): Promise<StoredWebhook> {
  const before = await lockWebhook(tx, organizationId, input.webhookId);
  await tx.execute(
    `update webhook set sealed_secret = $3, secret_created_at = $4, sealed_previous_secret = $5, previous_secret_until = $6, version = version + 1
     where organization_id = $1 and id = $2`,
    [
      organizationId,
      before.id,
      Buffer.from(input.sealedSecret),
      tx.now,
      input.overlapMs === 0 ? null : before.sealedSecret,
      input.overlapMs === 0 ? null : new Date(tx.now.getTime() + input.overlapMs),
    ],
  );
  return written(tx, organizationId, before.id, { context, action: 'webhook.secret_rotated' });
}
