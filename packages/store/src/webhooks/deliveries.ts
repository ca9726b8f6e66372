/** The log of what webhooks were sent, and sending it again. */
import type {
  Page,
  WebhookAttempt,
  WebhookDelivery,
  WebhookDeliveryDetail,
  WebhookDeliveryQuery,
  WebhookDeliveryState,
  WebhookErrorCode,
  WebhookEventType,
} from '@sluice/contracts';
import { pageById } from '../base/paging.ts';
import type { Reader } from '../base/reader.ts';
import { iso, isoOrNull, only } from '../base/rows.ts';
import type { Transaction } from '../base/transaction.ts';
import { notFound, stateConflict } from '../errors.ts';
import { type ChangeContext, entryOf } from '../ledger/change-context.ts';
import { writeEvents } from './outbox.ts';
import type { StoredWebhook } from './rows.ts';
import { getStoredWebhook, lockWebhook, targetOf } from './webhooks.ts';

type AttemptRow = {
  number: number;
  at: string;
  durationMs: number;
  status: number | null;
  answer: string | null;
  code: WebhookErrorCode | null;
  message: string | null;
};
type Row = {
  id: string;
  webhookId: string;
  eventId: string;
  type: WebhookEventType;
  state: WebhookDeliveryState;
  createdAt: Date;
  finishedAt: Date | null;
  nextAttemptAt: Date | null;
  attempts: AttemptRow[];
  body: string;
};

/** Of each delivery, the newest: replays may make them many. */
const ATTEMPTS_MAX = 20;

const DELIVERIES = `
  select d.id, d.webhook_id as "webhookId", d.event_id as "eventId", e.type, d.state, d.created_at as "createdAt",
         d.finished_at as "finishedAt", d.next_attempt_at as "nextAttemptAt", e.body,
         (select coalesce(jsonb_agg(to_jsonb(t) order by t.number), '[]') from (
            select a.number, a.at, a.duration_ms as "durationMs", a.status, a.answer, a.error_code as code, a.error_message as message
            from webhook_attempt a where a.delivery_id = d.id order by a.number desc limit ${ATTEMPTS_MAX}) t) as attempts
  from webhook_delivery d join webhook_event e on e.id = d.event_id`;

function toAttempt({ code, message, at, ...row }: AttemptRow): WebhookAttempt {
  return { ...row, at: new Date(at).toISOString(), error: code === null || message === null ? null : { code, message } };
}

function toDetail(row: Row): WebhookDeliveryDetail {
  return {
    ...row,
    createdAt: iso(row.createdAt),
    finishedAt: isoOrNull(row.finishedAt),
    nextAttemptAt: isoOrNull(row.nextAttemptAt),
    attempts: row.attempts.map(toAttempt),
  };
}

function withoutBody({ body: _body, ...delivery }: WebhookDeliveryDetail): WebhookDelivery {
  return delivery;
}

/** What a webhook was sent or is to be sent, newest first. @throws StoreError NOT_FOUND for the webhook */
export async function listWebhookDeliveries(
  reader: Reader,
  organizationId: string,
  { webhookId, ...query }: WebhookDeliveryQuery & { webhookId: string },
): Promise<Page<WebhookDelivery>> {
  await getStoredWebhook(reader, organizationId, webhookId);
  const page = await pageById(query, ({ before, limit }) =>
    reader.query<Row>(
      `${DELIVERIES} where d.organization_id = $1 and d.webhook_id = $2 and ($3::uuid is null or d.id < $3)
         and ($4::text is null or d.state = $4) and ($5::text is null or e.type = $5)
       order by d.id desc limit $6`,
      [organizationId, webhookId, before, query.state ?? null, query.type ?? null, limit],
    ),
  );
  return { ...page, items: page.items.map((row) => withoutBody(toDetail(row))) };
}

export type DeliveryAddress = { webhookId: string; deliveryId: string };

/** One delivery, with the text that is sent. @throws StoreError NOT_FOUND */
export async function getWebhookDelivery(
  reader: Reader,
  organizationId: string,
  { webhookId, deliveryId }: DeliveryAddress,
): Promise<WebhookDeliveryDetail> {
  const [row] = await reader.query<Row>(`${DELIVERIES} where d.organization_id = $1 and d.webhook_id = $2 and d.id = $3`, [
    organizationId,
    webhookId,
    deliveryId,
  ]);
  if (row === undefined) throw notFound('delivery', deliveryId);
  return toDetail(row);
}

async function lockEnabled(tx: Transaction, organizationId: string, webhookId: string): Promise<StoredWebhook> {
  const webhook = await lockWebhook(tx, organizationId, webhookId);
  if (!webhook.enabled) throw stateConflict('This webhook is disabled: enable it first.');
  return webhook;
}

/** A person looks at whether it works now: it does not wait for the end of its pause. */
async function endPause(tx: Transaction, webhookId: string): Promise<void> {
  await tx.execute('update webhook set paused_until = null where id = $1', [webhookId]);
}

/**
 * Writes a test event for this webhook alone, whatever its filters say.
 * @throws StoreError NOT_FOUND; STATE_CONFLICT when it is disabled
 */
export async function testWebhook(
  tx: Transaction,
  organizationId: string,
  webhookId: string,
  context: ChangeContext,
): Promise<WebhookDelivery> {
  const webhook = await lockEnabled(tx, organizationId, webhookId);
  const { kind, id, name } = context.actor;
  const data = { actor: { kind, id, name }, message: 'This is a test. If you can read it and its signature verifies, the webhook works.' };
  const listener = { id: webhookId, organizationId, events: ['*'], applicationId: null };
  const happening = { type: 'webhook.test', organizationId, applicationId: null, data } as const;
  const { id: deliveryId } = only(await writeEvents(tx, [listener], [happening]));
  await endPause(tx, webhookId);
  await tx.record(entryOf(organizationId, context, { action: 'webhook.tested', target: targetOf(webhook), after: { deliveryId } }));
  await tx.changed(organizationId, 'webhook', [webhookId]);
  return withoutBody(await getWebhookDelivery(tx, organizationId, { webhookId, deliveryId }));
}

const AGAIN = `update webhook_delivery set state = 'pending', attempts = 0, next_attempt_at = $3, finished_at = null`;

/**
 * Sends a delivery again, whether it was delivered or given up; one that waits for its next attempt is tried now. Its event keeps its id.
 * @throws StoreError NOT_FOUND; STATE_CONFLICT when the webhook is disabled
 */
export async function replayWebhookDelivery(
  tx: Transaction,
  organizationId: string,
  address: DeliveryAddress,
  context: ChangeContext,
): Promise<WebhookDelivery> {
  const { webhookId, deliveryId } = address;
  const webhook = await lockEnabled(tx, organizationId, webhookId);
  const changed = await tx.execute(`${AGAIN} where webhook_id = $1 and id = $2`, [webhookId, deliveryId, tx.now]);
  if (changed === 0) throw notFound('delivery', deliveryId);
  await endPause(tx, webhookId);
  await tx.record(entryOf(organizationId, context, { action: 'webhook.replayed', target: targetOf(webhook), after: { deliveryId } }));
  await tx.changed(organizationId, 'webhook', [webhookId]);
  return withoutBody(await getWebhookDelivery(tx, organizationId, address));
}

/**
 * Sends everything again that was given up and happened at or after a moment.
 * @returns how many deliveries there are
 * @throws StoreError NOT_FOUND; STATE_CONFLICT when the webhook is disabled
 */
export async function replayFailedDeliveries(
  tx: Transaction,
  organizationId: string,
  input: { webhookId: string; since: Date },
  context: ChangeContext,
): Promise<number> {
  const { webhookId, since } = input;
  const webhook = await lockEnabled(tx, organizationId, webhookId);
  const deliveries = await tx.execute(`${AGAIN} where webhook_id = $1 and state = 'failed' and created_at >= $2`, [
    webhookId,
    since,
    tx.now,
  ]);
  if (deliveries === 0) return 0;
  await endPause(tx, webhookId);
  const after = { since: since.toISOString(), deliveries };
  await tx.record(entryOf(organizationId, context, { action: 'webhook.replayed', target: targetOf(webhook), after }));
  await tx.changed(organizationId, 'webhook', [webhookId]);
  return deliveries;
}
