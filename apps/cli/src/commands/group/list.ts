import type { Group } from '@sluice/contracts';
import { defineVerb } from '../../frame/define.ts';
import { listParameters, printList, readList } from '../../frame/lists.ts';
import { groupView } from '../../output/views/fleet.ts';

export const groupList = defineVerb({
  summary: 'The device groups, newest first',
  parameters: listParameters,
  run: async (invocation, values) => {
    const session = await invocation.connect();
    const items = await readList<Group>(invocation, session, { path: '/groups', values });
    printList(invocation, items, groupView(invocation.ports.timeZone));
    return undefined;
  },
});
