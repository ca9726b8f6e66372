import { type Static, type TSchema, Type } from 'typebox';
import { PageQuery } from '../paging.ts';
import { Closed, Text, Timestamp, Uuid } from '../schema.ts';
import { OneOf } from '../states.ts';
import { webhookEventTypes } from './webhook-events.ts';

const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

/** `failing`: the last delivery failed, it is tried again. `disabled`: by a person, or by itself (`disabled` says why). */
export const webhookStates = ['idle', 'active', 'failing', 'disabled'] as const;
export type WebhookState = (typeof webhookStates)[number];

/** `pending`: not delivered yet, it is tried (again). `failed`: given up; it can be replayed. */
export const webhookDeliveryStates = ['pending', 'delivered', 'failed'] as const;
export type WebhookDeliveryState = (typeof webhookDeliveryStates)[number];

/** Why an attempt failed. Stable: clients decide by it, never by the text. */
export const webhookErrorCodes = [
  'STATUS',
  'GONE',
  'TIMEOUT',
  'UNREACHABLE',
  'NAME_UNKNOWN',
  'TLS_FAILED',
  'ADDRESS_REFUSED',
  'REDIRECTED',
  'ANSWER_MALFORMED',
  'SECRET_UNREADABLE',
  'INTERNAL',
] as const;
export type WebhookErrorCode = (typeof webhookErrorCodes)[number];

/** What stands of an answer in the log, in bytes. */
export const WEBHOOK_ANSWER_BYTES_MAX = 1024;

const EventFilter = Type.String({
  pattern: '^(?:\\*|[a-z]+\\.(?:\\*|[a-z_]+))$',
  maxLength: 100,
  description: 'A type of event (rollout.started), all of a kind (rollout.*), or all (*).',
});
const events = Type.Array(EventFilter, { minItems: 1, maxItems: 50, uniqueItems: true });
const Url = Type.String({
  minLength: 8,
  maxLength: 2000,
  pattern: '^[^\\s\\u0000-\\u001f\\u007f]+$',
  description: 'https, without user and password. http only into networks that the configuration of the control plane allows.',
});

/** Where an organization wants to be told what happened. */
export const Webhook = Closed({
  id: Uuid,
  url: Type.String(),
  description: Type.String(),
  events: Type.Array(Type.String()),
  applicationId: nullable(Uuid),
  enabled: Type.Boolean(),
  state: OneOf(webhookStates),
  disabled: nullable(
    Closed({ code: OneOf(['gone', 'failing']), message: Type.String({ description: 'Why it was disabled by itself, and what to do.' }) }),
  ),
  secretCreatedAt: Timestamp,
  previousSecretUntil: nullable(Timestamp),
  pending: Type.Integer({ description: 'Deliveries that are not through yet.' }),
  failures: Type.Integer({ description: 'Attempts that failed in a row.' }),
  failingSince: nullable(Timestamp),
  lastAttemptAt: nullable(Timestamp),
  lastSuccessAt: nullable(Timestamp),
  lastError: nullable(Closed({ code: OneOf(webhookErrorCodes), message: Type.String() })),
  version: Type.Integer({ description: 'Of what people set; the ETag.' }),
  createdBy: Type.String(),
  createdAt: Timestamp,
});
export type Webhook = Static<typeof Webhook>;

/** The only answers with a secret: of the creation and of a rotation. Asked again with the same Idempotency-Key it is the same one, or null once there is a newer one. */
export const WebhookWithSecret = Closed({
  ...Webhook.properties,
  secret: nullable(
    Type.String({ description: 'whsec_…: what deliveries are signed with (Standard Webhooks). It is shown here and nowhere else.' }),
  ),
});
export type WebhookWithSecret = Static<typeof WebhookWithSecret>;

/** `POST …/webhooks`. Without `events` it is told everything. */
export const CreateWebhookRequest = Closed({
  url: Url,
  description: Type.Optional(Text),
  events: Type.Optional(events),
  applicationId: Type.Optional(Uuid),
  enabled: Type.Optional(Type.Boolean()),
});
export type CreateWebhookRequest = Static<typeof CreateWebhookRequest>;

/** `PATCH …/webhooks/{id}`: what is left out stays. Enabling one that was disabled by itself starts afresh. */
export const UpdateWebhookRequest = Closed({
  url: Type.Optional(Url),
  description: Type.Optional(Text),
  events: Type.Optional(events),
  applicationId: Type.Optional(nullable(Uuid)),
  enabled: Type.Optional(Type.Boolean()),
});
export type UpdateWebhookRequest = Static<typeof UpdateWebhookRequest>;

/** `POST …/webhooks/{id}/rotate-secret`. */
export const RotateWebhookSecretRequest = Closed({
  overlapSeconds: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 7 * 86_400,
      description: 'So long the old secret signs beside the new one (default a day); 0: it is void at once.',
    }),
  ),
});
export type RotateWebhookSecretRequest = Static<typeof RotateWebhookSecretRequest>;

/** One request that was sent, or could not be. */
export const WebhookAttempt = Closed({
  number: Type.Integer(),
  at: Timestamp,
  durationMs: Type.Integer(),
  status: nullable(Type.Integer()),
  answer: nullable(Type.String({ description: `How the answer began: at most ${WEBHOOK_ANSWER_BYTES_MAX} bytes.` })),
  error: nullable(Closed({ code: OneOf(webhookErrorCodes), message: Type.String({ description: 'What happened, why, and what to do.' }) })),
});
export type WebhookAttempt = Static<typeof WebhookAttempt>;

/** One event for one webhook, with the newest of its attempts, oldest first. */
export const WebhookDelivery = Closed({
  id: Uuid,
  webhookId: Uuid,
  eventId: Uuid,
  type: OneOf(webhookEventTypes),
  state: OneOf(webhookDeliveryStates),
  createdAt: Timestamp,
  finishedAt: nullable(Timestamp),
  nextAttemptAt: nullable(Timestamp),
  attempts: Type.Array(WebhookAttempt),
});
export type WebhookDelivery = Static<typeof WebhookDelivery>;

/** With the exact text that is sent. */
export const WebhookDeliveryDetail = Closed({ ...WebhookDelivery.properties, body: Type.String() });
export type WebhookDeliveryDetail = Static<typeof WebhookDeliveryDetail>;

export const WebhookDeliveryQuery = Closed({
  ...PageQuery.properties,
  state: Type.Optional(OneOf(webhookDeliveryStates)),
  type: Type.Optional(OneOf(webhookEventTypes)),
});
export type WebhookDeliveryQuery = Static<typeof WebhookDeliveryQuery>;

/** `POST …/webhooks/{id}/replay`: everything that failed since. */
export const ReplayWebhookRequest = Closed({ since: Timestamp });
export type ReplayWebhookRequest = Static<typeof ReplayWebhookRequest>;
export const ReplayedDeliveries = Closed({ deliveries: Type.Integer({ description: 'So many are sent again.' }) });
export type ReplayedDeliveries = Static<typeof ReplayedDeliveries>;
