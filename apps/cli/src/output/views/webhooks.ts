import type { Webhook, WebhookDelivery, WebhookWithSecret } from '@sluice/contracts';
import type { Tone } from '../paint.ts';
import type { View } from '../printer.ts';
import { formatMoment } from '../time.ts';

const tones: Readonly<Record<Webhook['state'], Tone>> = { idle: 'plain', active: 'good', failing: 'bad', disabled: 'dim' };
const deliveryTones: Readonly<Record<WebhookDelivery['state'], Tone>> = { pending: 'plain', delivered: 'good', failed: 'bad' };

/** How webhooks are shown. */
export function webhookView(zone: string | undefined): View<Webhook> {
  const moment = (at: string | null): string => formatMoment(at, zone);
  return {
    noun: 'webhooks',
    name: (webhook) => webhook.id,
    columns: [
      { title: 'Address', value: (webhook) => webhook.url },
      { title: 'Events', value: (webhook) => webhook.events.join(', ') },
      { title: 'State', value: (webhook) => webhook.state, tone: (webhook) => tones[webhook.state] },
      { title: 'Waiting', value: (webhook) => String(webhook.pending), align: 'right' },
      { title: 'Last success', value: (webhook) => moment(webhook.lastSuccessAt) },
      { title: 'Trouble', value: ({ lastError, disabled }) => disabled?.code ?? lastError?.code ?? '' },
      { title: 'What to do', value: ({ lastError, disabled }) => disabled?.message ?? lastError?.message ?? '', wide: true },
      { title: 'Description', value: (webhook) => webhook.description, wide: true },
      { title: 'Application', value: (webhook) => webhook.applicationId ?? 'all', wide: true },
      { title: 'Last attempt', value: (webhook) => moment(webhook.lastAttemptAt), wide: true },
      { title: 'Failing since', value: (webhook) => moment(webhook.failingSince), wide: true },
      { title: 'Secret since', value: (webhook) => moment(webhook.secretCreatedAt), wide: true },
      { title: 'Old secret until', value: (webhook) => moment(webhook.previousSecretUntil), wide: true },
      { title: 'Created by', value: (webhook) => webhook.createdBy, wide: true },
      { title: 'Id', value: (webhook) => webhook.id, wide: true },
    ],
  };
}

/** The same with its secret, which is shown this once. */
export function webhookWithSecretView(zone: string | undefined): View<WebhookWithSecret> {
  const view = webhookView(zone);
  return { ...view, columns: [...view.columns, { title: 'Secret', value: ({ secret }) => secret ?? 'shown before' }] };
}

/** How deliveries of a webhook are shown: what came of the newest attempt, and when the next one is. */
export function webhookDeliveryView(zone: string | undefined): View<WebhookDelivery> {
  const last = ({ attempts }: WebhookDelivery) => attempts.at(-1);
  return {
    noun: 'deliveries',
    name: (delivery) => delivery.id,
    columns: [
      { title: 'At', value: (delivery) => formatMoment(delivery.createdAt, zone) },
      { title: 'Event', value: (delivery) => delivery.type },
      { title: 'State', value: (delivery) => delivery.state, tone: (delivery) => deliveryTones[delivery.state] },
      { title: 'Attempts', value: ({ attempts }) => String(attempts.length), align: 'right' },
      { title: 'Status', value: (delivery) => String(last(delivery)?.status ?? '–'), align: 'right' },
      { title: 'Trouble', value: (delivery) => last(delivery)?.error?.code ?? '' },
      { title: 'Next attempt', value: (delivery) => formatMoment(delivery.nextAttemptAt, zone) },
      { title: 'Id', value: (delivery) => delivery.id },
      { title: 'What to do', value: (delivery) => last(delivery)?.error?.message ?? '', wide: true },
      { title: 'Answer', value: (delivery) => last(delivery)?.answer ?? '', wide: true },
      { title: 'Took', value: (delivery) => `${last(delivery)?.durationMs ?? 0} ms`, align: 'right', wide: true },
      { title: 'Event id', value: (delivery) => delivery.eventId, wide: true },
    ],
  };
}
