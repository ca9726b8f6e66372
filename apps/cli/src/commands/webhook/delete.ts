import { defineVerb } from '../../frame/define.ts';
import { flag } from '../../frame/parameters.ts';
import { resolveWebhook } from '../../resolve/webhooks.ts';
import { webhookArgument } from './parameters.ts';

export const webhookDelete = defineVerb({
  summary: 'Tell it nothing any more, and forget what it was sent',
  parameters: { webhook: webhookArgument, yes: flag('--yes', 'Do not ask') },
  run: async ({ connect, confirm, note }, { webhook: reference, yes }) => {
    const session = await connect();
    const webhook = await resolveWebhook(session, reference);
    await confirm(`Delete the webhook ${webhook.url}, with its secret and the log of its deliveries?`, yes);
    await session.remove(`/webhooks/${webhook.id}`);
    note(`${webhook.url} is told nothing any more.`);
    return undefined;
  },
});
