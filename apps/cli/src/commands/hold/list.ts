import type { Hold } from '@sluice/contracts';
import { defineVerb } from '../../frame/define.ts';
import { listParameters, printList, readList } from '../../frame/lists.ts';
import { flag } from '../../frame/parameters.ts';
import { holdView } from '../../output/views/gates.ts';
import { readStageNames } from '../../resolve/gates.ts';

export const holdList = defineVerb({
  summary: 'The holds, newest first, the lifted ones too',
  parameters: { active: flag('--active', 'Only those that hold now'), ...listParameters },
  run: async (invocation, { active, ...values }) => {
    const { ports, print } = invocation;
    const session = await invocation.connect();
    const items = await readList<Hold>(invocation, session, { path: '/holds', query: { active: active ? true : undefined }, values });
    const names = print.isForPeople && items.length > 0 ? await readStageNames(session) : new Map<string, string>();
    printList(invocation, items, holdView(ports.timeZone, names));
    return undefined;
  },
});
