import type { Webhook, WebhookErrorCode, WebhookState } from '@sluice/contracts';
import { iso, isoOrNull } from '../base/rows.ts';

/** The identity that the secrets of a webhook are sealed to: they open in no other row. */
export function webhookSecretIdentity(webhookId: string): string {
  return `webhook/${webhookId}/secret`;
}

/** A webhook as it is stored. */
export type StoredWebhook = {
  id: string;
  organizationId: string;
  url: string;
  description: string;
  events: string[];
  applicationId: string | null;
  enabled: boolean;
  disabledCode: 'gone' | 'failing' | null;
  disabledReason: string | null;
  sealedSecret: Buffer;
  secretCreatedAt: Date;
  sealedPreviousSecret: Buffer | null;
  previousSecretUntil: Date | null;
  failures: number;
  failingSince: Date | null;
  pausedUntil: Date | null;
  lastAttemptAt: Date | null;
  lastSuccessAt: Date | null;
  errorCode: WebhookErrorCode | null;
  errorMessage: string | null;
  pending: number;
  version: number;
  createdBy: string;
  createdAt: Date;
};

export const WEBHOOKS = `
  select w.id, w.organization_id as "organizationId", w.url, w.description, w.events, w.application_id as "applicationId", w.enabled,
         w.disabled_code as "disabledCode", w.disabled_reason as "disabledReason", w.sealed_secret as "sealedSecret",
         w.secret_created_at as "secretCreatedAt", w.sealed_previous_secret as "sealedPreviousSecret",
         w.previous_secret_until as "previousSecretUntil", w.failures, w.failing_since as "failingSince", w.paused_until as "pausedUntil",
         w.last_attempt_at as "lastAttemptAt", w.last_success_at as "lastSuccessAt",
         w.error_code as "errorCode", w.error_message as "errorMessage",
         (select count(*)::int from webhook_delivery p where p.webhook_id = w.id and p.state = 'pending') as pending,
         w.version, w.created_by as "createdBy", w.created_at as "createdAt"
  from webhook w`;

function stateOf({ enabled, failures, lastSuccessAt }: StoredWebhook): WebhookState {
  if (!enabled) return 'disabled';
  if (failures > 0) return 'failing';
  return lastSuccessAt === null ? 'idle' : 'active';
}

/** The webhook as people see it: without its secrets. */
export function toWebhook(stored: StoredWebhook, now: Date): Webhook {
  const { disabledCode, disabledReason, errorCode, errorMessage, previousSecretUntil } = stored;
  const overlaps = previousSecretUntil !== null && previousSecretUntil > now;
  return {
    id: stored.id,
    url: stored.url,
    description: stored.description,
    events: stored.events,
    applicationId: stored.applicationId,
    enabled: stored.enabled,
    state: stateOf(stored),
    disabled: disabledCode === null || disabledReason === null ? null : { code: disabledCode, message: disabledReason },
    secretCreatedAt: iso(stored.secretCreatedAt),
    previousSecretUntil: overlaps ? iso(previousSecretUntil) : null,
    pending: stored.pending,
    failures: stored.failures,
    failingSince: isoOrNull(stored.failingSince),
    lastAttemptAt: isoOrNull(stored.lastAttemptAt),
    lastSuccessAt: isoOrNull(stored.lastSuccessAt),
    lastError: errorCode === null || errorMessage === null ? null : { code: errorCode, message: errorMessage },
    version: stored.version,
    createdBy: stored.createdBy,
    createdAt: iso(stored.createdAt),
  };
}

/** What the ledger says of a webhook: never its secrets, and not the query of its address, where receivers keep theirs. */
export function webhookFacts({ url, description, events, applicationId, enabled }: StoredWebhook) {
  return { url: withoutQuery(url), description, events, application: applicationId, enabled };
}

/** The address without its query and fragment. */
export function withoutQuery(url: string): string {
  return url.replace(/[?#].*$/, '');
}
