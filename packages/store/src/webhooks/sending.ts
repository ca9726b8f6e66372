/**
 * How workers take turns at webhooks. INVARIANTS
 * - A webhook is served by one turn at a time. A turn is a claim with an end: what a worker that died had begun is sent again (at least once).
 * - Deliveries go in the order of their positions. Changes that depend on each other lock what they change, so that the later one takes its position
 *   after the earlier one is committed and seen: no transaction that is still open has to be waited for.
 * - What an attempt ended with is written only while the claim holds, so a turn that was overtaken changes nothing any more.
 */
import type { WebhookErrorCode } from '@sluice/contracts';
import { systemActor } from '@sluice/ledger';
import { prepared } from '../base/prepared.ts';
import type { Reader } from '../base/reader.ts';
import type { Transaction } from '../base/transaction.ts';
import type { StoredWebhook } from './rows.ts';
import { targetOf } from './webhooks.ts';

/** SQL over delivery `d`: it is to be sent now. `$1` is the time. */
const isDue = `d.state = 'pending' and d.next_attempt_at <= $1`;

const DUE = prepared(
  `select w.id from webhook w
   where w.enabled and (w.paused_until is null or w.paused_until <= $1) and (w.claimed_until is null or w.claimed_until <= $1)
     and exists (select from webhook_delivery d where d.webhook_id = w.id and ${isDue})
   order by w.last_attempt_at nulls first, w.id limit $2`,
);

/** Webhooks with something to send that nobody is at, those that waited longest first. */
export async function dueWebhooks(reader: Reader, now: Date, limit: number): Promise<string[]> {
  return (await reader.query<{ id: string }>(DUE, [now, limit])).map((row) => row.id);
}

/** The turn of a worker at a webhook. */
export type WebhookTurn = { webhookId: string; claimId: string };

/** What is needed to send to a webhook. */
export type ClaimedWebhook = Pick<
  StoredWebhook,
  'id' | 'organizationId' | 'url' | 'sealedSecret' | 'sealedPreviousSecret' | 'previousSecretUntil' | 'failures' | 'failingSince'
>;

const CLAIM = prepared(
  `update webhook set claimed_by = $3, claimed_until = $4
   where id = $1 and enabled and (paused_until is null or paused_until <= $2)
     and (claimed_until is null or claimed_until <= $2 or claimed_by = $3)
   returning id, organization_id as "organizationId", url, sealed_secret as "sealedSecret",
             sealed_previous_secret as "sealedPreviousSecret", previous_secret_until as "previousSecretUntil", failures,
             failing_since as "failingSince"`,
);

/** Takes the turn at a webhook until a time, or holds it for longer. Undefined: another worker has it, or nothing may be sent now. */
export async function claimWebhook(
  reader: Reader,
  { webhookId, claimId }: WebhookTurn,
  { now, until }: { now: Date; until: Date },
): Promise<ClaimedWebhook | undefined> {
  const [row] = await reader.query<ClaimedWebhook>(CLAIM, [webhookId, now, claimId, until]);
  return row;
}

/** Gives the turn back. */
export async function releaseWebhook(reader: Reader, { webhookId, claimId }: WebhookTurn): Promise<void> {
  await reader.query('update webhook set claimed_by = null, claimed_until = null where id = $1 and claimed_by = $2', [webhookId, claimId]);
}

/** What is sent next. */
export type DueDelivery = { id: string; eventId: string; body: string; attempts: number };

const NEXT = prepared(
  `select d.id, d.event_id as "eventId", e.body, d.attempts
   from webhook_delivery d join webhook_event e on e.id = d.event_id
   where d.webhook_id = $2 and ${isDue} order by d.position limit 1`,
);

/** The oldest delivery of a webhook that is due. */
export async function nextDelivery(reader: Reader, webhookId: string, now: Date): Promise<DueDelivery | undefined> {
  const [row] = await reader.query<DueDelivery>(NEXT, [now, webhookId]);
  return row;
}

/** What came of one request. */
export type AttemptOutcome = {
  at: Date;
  durationMs: number;
  status: number | null;
  answer: string | null;
  error: { code: WebhookErrorCode; message: string } | null;
};

/** What follows from a failure. `nextAttemptAt` null: it is given up. `disable`: nothing is sent to this webhook any more. */
export type FailureConsequence = {
  nextAttemptAt: Date | null;
  pausedUntil: Date | null;
  disable: { code: 'gone' | 'failing'; message: string } | null;
};

async function insertAttempt(
  tx: Transaction,
  deliveryId: string,
  { at, durationMs, status, answer, error }: AttemptOutcome,
): Promise<void> {
  await tx.execute(
    `insert into webhook_attempt (delivery_id, number, at, duration_ms, status, answer, error_code, error_message)
     select $1, 1 + coalesce(max(number), 0), $2, $3, $4, $5, $6, $7 from webhook_attempt where delivery_id = $1`,
    [deliveryId, at, durationMs, status, answer, error?.code ?? null, error?.message ?? null],
  );
}

/** Locks the webhook if this turn still has it. */
async function holdsTurn(tx: Transaction, { webhookId, claimId }: WebhookTurn): Promise<boolean> {
  const rows = await tx.query('select 1 from webhook where id = $1 and claimed_by = $2 for no key update', [webhookId, claimId]);
  return rows.length === 1;
}

export type Attempted = { webhook: ClaimedWebhook; turn: WebhookTurn; delivery: DueDelivery; outcome: AttemptOutcome };

/** The receiver took it. @returns false when another worker has the turn: nothing is written, and that one sends it again */
export async function recordDelivered(tx: Transaction, { webhook, turn, delivery, outcome }: Attempted): Promise<boolean> {
  if (!(await holdsTurn(tx, turn))) return false;
  await insertAttempt(tx, delivery.id, outcome);
  await tx.execute(
    `update webhook_delivery set state = 'delivered', attempts = attempts + 1, next_attempt_at = null, finished_at = $2 where id = $1`,
    [delivery.id, tx.now],
  );
  await tx.execute(
    `update webhook set failures = 0, failing_since = null, error_code = null, error_message = null, last_attempt_at = $2, last_success_at = $2
     where id = $1`,
    [webhook.id, tx.now],
  );
  if (webhook.failures > 0) await tx.changed(webhook.organizationId, 'webhook', [webhook.id]);
  return true;
}

/** It did not work. @returns false when another worker has the turn: nothing is written */
export async function recordFailed(tx: Transaction, attempted: Attempted & { consequence: FailureConsequence }): Promise<boolean> {
  const { webhook, turn, delivery, outcome, consequence } = attempted;
  const { nextAttemptAt, pausedUntil, disable } = consequence;
  if (!(await holdsTurn(tx, turn))) return false;
  await insertAttempt(tx, delivery.id, outcome);
  await tx.execute(
    `update webhook_delivery set attempts = attempts + 1, next_attempt_at = $2::timestamptz,
            state = case when $2::timestamptz is null then 'failed' else 'pending' end,
            finished_at = case when $2::timestamptz is null then $3::timestamptz end
     where id = $1`,
    [delivery.id, nextAttemptAt, tx.now],
  );
  await tx.execute(
    `update webhook set failures = failures + 1, failing_since = coalesce(failing_since, $2), last_attempt_at = $2, paused_until = $3,
            error_code = $4, error_message = $5, enabled = enabled and $6::text is null,
            disabled_code = case when enabled then $6 else disabled_code end, disabled_reason = case when enabled then $7 else disabled_reason end
     where id = $1`,
    [
      webhook.id,
      tx.now,
      pausedUntil,
      outcome.error?.code ?? null,
      outcome.error?.message ?? null,
      disable?.code ?? null,
      disable?.message ?? null,
    ],
  );
  if (disable !== null) await tellDisabled(tx, webhook, disable);
  if (disable !== null || webhook.failures === 0) await tx.changed(webhook.organizationId, 'webhook', [webhook.id]);
  return true;
}

async function tellDisabled(tx: Transaction, webhook: ClaimedWebhook, disable: NonNullable<FailureConsequence['disable']>): Promise<void> {
  await tx.record({
    organizationId: webhook.organizationId,
    actor: systemActor,
    action: 'webhook.disabled',
    target: targetOf(webhook),
    after: { code: disable.code, failures: webhook.failures + 1, failingSince: webhook.failingSince?.toISOString() ?? null },
    reason: disable.message,
  });
}
