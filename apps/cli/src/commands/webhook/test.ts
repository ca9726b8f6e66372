import type { WebhookDelivery } from '@sluice/contracts';
import { defineVerb } from '../../frame/define.ts';
import { duration, flag } from '../../frame/parameters.ts';
import { webhookDeliveryView } from '../../output/views/webhooks.ts';
import { resolveWebhook } from '../../resolve/webhooks.ts';
import { webhookArgument } from './parameters.ts';
import { watchDelivery } from './watch.ts';

const waitTimeoutMsDefault = 60_000;

export const webhookTest = defineVerb({
  summary: 'Send it a test event now',
  more: 'With --wait the exit code is 0 when it was delivered, 1 when it failed, 8 when it was not tried within --timeout.',
  parameters: {
    webhook: webhookArgument,
    wait: flag('--wait', 'Wait until it was sent'),
    timeout: duration('--timeout <duration>', 'How long to wait (default 60s)'),
  },
  run: async (invocation, { webhook: reference, wait, timeout }) => {
    const session = await invocation.connect();
    const { id } = await resolveWebhook(session, reference);
    const asked = await session.post<WebhookDelivery>(`/webhooks/${id}/test`);
    if (wait) return watchDelivery(invocation, session, { asked, timeoutMs: timeout ?? waitTimeoutMsDefault });
    invocation.print.one(asked, webhookDeliveryView(invocation.ports.timeZone));
    return undefined;
  },
});
