import type { CreateWebhookRequest, WebhookWithSecret } from '@sluice/contracts';
import { defineVerb } from '../../frame/define.ts';
import { argument } from '../../frame/parameters.ts';
import { webhookWithSecretView } from '../../output/views/webhooks.ts';
import { resolveApplication } from '../../resolve/applications.ts';
import { webhookParameters } from './parameters.ts';
import { noteSecret } from './secret.ts';

export const webhookCreate = defineVerb({
  summary: 'Have a server told what happens, from now on',
  more: `Examples:
  sluice webhook create https://hooks.example.com/sluice --event 'rollout.*' --event 'device.*' --app line
  sluice webhook create https://ci.example.com/sluice --event wave.failed -o json > webhook.json

The secret that requests are signed with is shown this once. Try it: sluice webhook test <webhook> --wait`,
  parameters: { url: argument('url', 'The address: https'), ...webhookParameters },
  run: async (invocation, { url, event, app, description }) => {
    const { connect, print, ports } = invocation;
    const session = await connect();
    const application = app === undefined ? undefined : await resolveApplication(session, app);
    const request: CreateWebhookRequest = {
      url,
      ...(event.length === 0 ? {} : { events: event }),
      ...(application === undefined ? {} : { applicationId: application.id }),
      ...(description === undefined ? {} : { description }),
    };
    const webhook = await session.post<WebhookWithSecret>('/webhooks', request);
    print.one(webhook, webhookWithSecretView(ports.timeZone));
    noteSecret(invocation, webhook);
    return undefined;
  },
});
