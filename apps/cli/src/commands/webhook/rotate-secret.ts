import type { RotateWebhookSecretRequest, WebhookWithSecret } from '@sluice/contracts';
import { defineVerb } from '../../frame/define.ts';
import { duration } from '../../frame/parameters.ts';
import { webhookWithSecretView } from '../../output/views/webhooks.ts';
import { resolveWebhook } from '../../resolve/webhooks.ts';
import { webhookArgument } from './parameters.ts';
import { noteSecret } from './secret.ts';

export const webhookRotateSecret = defineVerb({
  summary: 'Give it a new secret; the old one signs as well for a day',
  parameters: {
    webhook: webhookArgument,
    overlap: duration('--overlap <duration>', 'So long the old secret signs beside the new one (default 24h; 0s: not at all)'),
  },
  run: async (invocation, { webhook: reference, overlap }) => {
    const { connect, print, ports } = invocation;
    const session = await connect();
    const { id } = await resolveWebhook(session, reference);
    const request: RotateWebhookSecretRequest = overlap === undefined ? {} : { overlapSeconds: Math.round(overlap / 1000) };
    const webhook = await session.post<WebhookWithSecret>(`/webhooks/${id}/rotate-secret`, request);
    print.one(webhook, webhookWithSecretView(ports.timeZone));
    noteSecret(invocation, webhook);
    return undefined;
  },
});
