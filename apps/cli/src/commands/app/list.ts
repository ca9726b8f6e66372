import type { Application } from '@sluice/contracts';
import { defineVerb } from '../../frame/define.ts';
import { listParameters, printList, readList } from '../../frame/lists.ts';
import { applicationView } from '../../output/views/applications.ts';

export const appList = defineVerb({
  summary: 'The applications, newest first',
  parameters: listParameters,
  run: async (invocation, values) => {
    const session = await invocation.connect();
    const items = await readList<Application>(invocation, session, { path: '/applications', values });
    printList(invocation, items, applicationView(invocation.ports.timeZone));
    return undefined;
  },
});
