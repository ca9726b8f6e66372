import type { Webhook } from '@sluice/contracts';
import { defineVerb } from '../../frame/define.ts';
import { listParameters, printList, readList } from '../../frame/lists.ts';
import { webhookView } from '../../output/views/webhooks.ts';

export const webhookList = defineVerb({
  summary: 'The webhooks of the organization, and how they do',
  parameters: listParameters,
  run: async (invocation, values) => {
    const session = await invocation.connect();
    const items = await readList<Webhook>(invocation, session, { path: '/webhooks', values });
    printList(invocation, items, webhookView(invocation.ports.timeZone));
    return undefined;
  },
});
