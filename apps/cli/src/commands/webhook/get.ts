import { defineVerb } from '../../frame/define.ts';
import { webhookView } from '../../output/views/webhooks.ts';
import { resolveWebhook } from '../../resolve/webhooks.ts';
import { webhookArgument } from './parameters.ts';

export const webhookGet = defineVerb({
  summary: 'One webhook: its state, what went wrong and what to do',
  parameters: { webhook: webhookArgument },
  run: async ({ connect, print, ports }, { webhook }) => {
    print.one(await resolveWebhook(await connect(), webhook), webhookView(ports.timeZone));
    return undefined;
  },
});
