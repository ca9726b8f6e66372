import { type CreateWebhookRequest, isEventFilter, type UpdateWebhookRequest } from '@sluice/contracts';
import { neverAsked, plainAddress } from '@sluice/platform';
import type { StoredWebhook, WebhookSettings } from '@sluice/store';
import { ApiError } from '../../problems/api-error.ts';

function invalid(pointer: string, detail: string): ApiError {
  return new ApiError('VALIDATION_FAILED', 'The webhook is not valid: see errors.', { errors: [{ pointer, detail }] });
}

/** The address as it is asked. Whether it is reachable and allowed shows when something is sent: a name may lead elsewhere by then. */
function readUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) throw invalid('/url', 'must be an address that starts with https://');
  if (url.username !== '' || url.password !== '') throw invalid('/url', 'must have no user and password: requests are signed instead');
  if (neverAsked.has(plainAddress(url.hostname))) throw invalid('/url', 'is a link-local, metadata or group address, which is never asked');
  url.hash = '';
  return url.href;
}

function readEvents(events: readonly string[]): string[] {
  const unknown = events.findIndex((filter) => !isEventFilter(filter));
  if (unknown !== -1) throw invalid(`/events/${unknown}`, `no event has a type like ${events[unknown]}`);
  return [...events];
}

/** @throws ApiError VALIDATION_FAILED */
export function newWebhook(request: CreateWebhookRequest): WebhookSettings {
  const { url, description = '', events = ['*'], applicationId = null, enabled = true } = request;
  return { url: readUrl(url), description, events: readEvents(events), applicationId, enabled };
}

/** What a webhook becomes. @throws ApiError VALIDATION_FAILED */
export function changedWebhook(before: StoredWebhook, request: UpdateWebhookRequest): WebhookSettings {
  return {
    url: request.url === undefined ? before.url : readUrl(request.url),
    description: request.description ?? before.description,
    events: request.events === undefined ? before.events : readEvents(request.events),
    applicationId: request.applicationId === undefined ? before.applicationId : request.applicationId,
    enabled: request.enabled ?? before.enabled,
  };
}
