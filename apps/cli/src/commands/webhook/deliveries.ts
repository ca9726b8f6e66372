import { type WebhookDelivery, type WebhookDeliveryDetail, webhookDeliveryStates, webhookEventTypes } from '@sluice/contracts';
import { defineVerb } from '../../frame/define.ts';
import { listParameters, printList, readList } from '../../frame/lists.ts';
import { choice, text } from '../../frame/parameters.ts';
import { formatMoment } from '../../output/time.ts';
import { webhookDeliveryView } from '../../output/views/webhooks.ts';
import { resolveWebhook } from '../../resolve/webhooks.ts';
import { webhookArgument } from './parameters.ts';

export const webhookDeliveries = defineVerb({
  summary: 'What it was sent or is to be sent, and what came of it',
  more: 'With --delivery one of them: each of its attempts, and (-o json) the text that is sent.',
  parameters: {
    webhook: webhookArgument,
    state: choice('--state <state>', webhookDeliveryStates, 'Only these'),
    event: choice('--event <type>', webhookEventTypes, 'Only of this type'),
    delivery: text('--delivery <id>', 'One of them'),
    ...listParameters,
  },
  run: async (invocation, { webhook: reference, state, event, delivery, ...values }) => {
    const { connect, print, ports } = invocation;
    const session = await connect();
    const { id } = await resolveWebhook(session, reference);
    const path = `/webhooks/${id}/deliveries`;
    const view = webhookDeliveryView(ports.timeZone);
    if (delivery !== undefined) {
      const detail = await session.get<WebhookDeliveryDetail>(`${path}/${delivery}`);
      print.one(detail, view);
      print.section('Attempts', detail.attempts, [
        { title: 'At', value: ({ at }) => formatMoment(at, ports.timeZone) },
        { title: 'Took', value: ({ durationMs }) => `${durationMs} ms`, align: 'right' },
        { title: 'Status', value: ({ status }) => String(status ?? '–'), align: 'right' },
        { title: 'What happened', value: ({ error }) => error?.message ?? 'delivered' },
      ]);
      return undefined;
    }
    const query = { ...(state === undefined ? {} : { state }), ...(event === undefined ? {} : { type: event }) };
    printList(invocation, await readList<WebhookDelivery>(invocation, session, { path, query, values }), view);
    return undefined;
  },
});
