import type { ReplayedDeliveries, WebhookDelivery } from '@sluice/contracts';
import { usageError } from '../../errors.ts';
import { defineVerb } from '../../frame/define.ts';
import { parseDuration } from '../../frame/duration.ts';
import { momentOf } from '../../frame/moment.ts';
import { duration, flag, optionalArgument, text } from '../../frame/parameters.ts';
import { webhookDeliveryView } from '../../output/views/webhooks.ts';
import { resolveWebhook } from '../../resolve/webhooks.ts';
import { webhookArgument } from './parameters.ts';
import { watchDelivery } from './watch.ts';

const waitTimeoutMsDefault = 60_000;

export const webhookReplay = defineVerb({
  summary: 'Send one delivery again, or everything that failed since a time',
  more: `Examples:
  sluice webhook replay hooks.example.com 01a202d3-981d-7056-bf28-0cd6826e8613 --wait
  sluice webhook replay hooks.example.com --failed-since 6h

Events keep their ids: a receiver that got one already drops it.`,
  parameters: {
    webhook: webhookArgument,
    delivery: optionalArgument('delivery', 'The id of the delivery'),
    since: text('--failed-since <time>', 'Everything that was given up since: a time with its offset, or how long ago: 90m, 6h, 2d'),
    wait: flag('--wait', 'One delivery: wait until it was sent'),
    timeout: duration('--timeout <duration>', 'How long to wait (default 60s)'),
  },
  run: async (invocation, { webhook: reference, delivery, since, wait, timeout }) => {
    const { connect, print, note, ports } = invocation;
    if ((delivery === undefined) === (since === undefined)) throw usageError('Name a delivery, or a time with --failed-since.');
    const now = ports.clock.now();
    const agoMs = since === undefined ? undefined : parseDuration(since);
    const from = since === undefined ? '' : agoMs === undefined ? momentOf(since, now) : new Date(now - agoMs).toISOString();
    const session = await connect();
    const { id } = await resolveWebhook(session, reference);
    if (delivery === undefined) {
      const replayed = await session.post<ReplayedDeliveries>(`/webhooks/${id}/replay`, { since: from });
      if (print.isForPeople) note(`${replayed.deliveries} deliveries are sent again.`);
      else print.data(replayed);
      return undefined;
    }
    const asked = await session.post<WebhookDelivery>(`/webhooks/${id}/deliveries/${delivery}/replay`);
    if (wait) return watchDelivery(invocation, session, { asked, timeoutMs: timeout ?? waitTimeoutMsDefault });
    print.one(asked, webhookDeliveryView(ports.timeZone));
    return undefined;
  },
});
