/**
 * The outbox of webhooks. INVARIANTS
 * - An event and its deliveries are written in the transaction in which it happens: what was not committed did not happen, what was is told.
 * - Nothing is written for an organization without a webhook that wants it.
 * - The webhooks are locked (FOR KEY SHARE): none can be deleted between the look and the write, which would fail somebody's change.
 */
import {
  isWantedEvent,
  WEBHOOK_EVENT_VERSION,
  type WebhookEvent,
  type WebhookEventData,
  type WebhookEventFamily,
  type WebhookEventType,
} from '@sluice/contracts';
import { prepared } from '../base/prepared.ts';
import type { Transaction } from '../base/transaction.ts';

/** What writing to the outbox needs of a transaction. */
export type OutboxWriter = Pick<Transaction, 'query' | 'execute' | 'now' | 'uuid'>;

/** Something that happened. `applicationId` null: it is about no application, or about devices without one. */
export type Happening = {
  type: WebhookEventType;
  organizationId: string;
  applicationId: string | null;
  data: WebhookEventData[WebhookEventFamily];
};

/** A webhook that is enabled, and what it wants. */
export type Listener = { id: string; organizationId: string; events: string[]; applicationId: string | null };

const LISTENERS = prepared(
  `select id, organization_id as "organizationId", events, application_id as "applicationId"
   from webhook where organization_id = any($1::uuid[]) and enabled order by id for key share`,
);

/** The enabled webhooks of these organizations. They cannot be deleted before this transaction ends. */
export function lockListeners(tx: OutboxWriter, organizationIds: readonly string[]): Promise<Listener[]> {
  return tx.query<Listener>(LISTENERS, [[...new Set(organizationIds)]]);
}

/** Who of the listeners hears of it. */
export function listenersOf(listeners: readonly Listener[], happening: Omit<Happening, 'data'>): Listener[] {
  const { type, organizationId, applicationId } = happening;
  return listeners.filter(
    (each) =>
      each.organizationId === organizationId &&
      isWantedEvent(each.events, type) &&
      (each.applicationId === null || each.applicationId === applicationId),
  );
}

const INSERT_EVENTS = prepared(
  `insert into webhook_event (id, organization_id, type, body, created_at)
   select id, organization_id, type, body, $5 from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[]) as e (id, organization_id, type, body)`,
);
const INSERT_DELIVERIES = prepared(
  `insert into webhook_delivery (id, organization_id, webhook_id, event_id, state, next_attempt_at, created_at)
   select id, organization_id, webhook_id, event_id, 'pending', $5, $5
   from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[]) with ordinality as d (id, organization_id, webhook_id, event_id, place)
   order by place`,
);

type Delivery = { id: string; organizationId: string; webhookId: string; eventId: string };

/** Writes what happened for the listeners that want it, with two statements. @returns the deliveries, in the order of the happenings */
export async function writeEvents(tx: OutboxWriter, listeners: readonly Listener[], happenings: readonly Happening[]): Promise<Delivery[]> {
  const events: WebhookEvent[] = [];
  const deliveries: Delivery[] = [];
  for (const happening of happenings) {
    const wanting = listenersOf(listeners, happening);
    if (wanting.length === 0) continue;
    const { type, organizationId, data } = happening;
    const id = tx.uuid();
    events.push({ id, type, version: WEBHOOK_EVENT_VERSION, timestamp: tx.now.toISOString(), organizationId, data });
    deliveries.push(...wanting.map((each) => ({ id: tx.uuid(), organizationId, webhookId: each.id, eventId: id })));
  }
  if (events.length === 0) return [];
  await tx.execute(INSERT_EVENTS, [
    events.map(({ id }) => id),
    events.map(({ organizationId }) => organizationId),
    events.map(({ type }) => type),
    events.map((event) => JSON.stringify(event)),
    tx.now,
  ]);
  await tx.execute(INSERT_DELIVERIES, [
    deliveries.map(({ id }) => id),
    deliveries.map(({ organizationId }) => organizationId),
    deliveries.map(({ webhookId }) => webhookId),
    deliveries.map(({ eventId }) => eventId),
    tx.now,
  ]);
  return deliveries;
}
