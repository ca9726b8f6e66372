import type { ReleaseSignerList } from '@sluice/contracts';
import { defineVerb } from '../../frame/define.ts';
import { printList } from '../../frame/lists.ts';
import { signerView } from '../../output/views/signers.ts';

export const signerList = defineVerb({
  summary: 'The keys of others that may sign releases',
  parameters: {},
  run: async (invocation) => {
    const { items } = await (await invocation.connect()).get<ReleaseSignerList>('/release-signers');
    printList(invocation, items, signerView(invocation.ports.timeZone));
    return undefined;
  },
});
