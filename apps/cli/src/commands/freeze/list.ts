import type { Freeze } from '@sluice/contracts';
import { defineVerb } from '../../frame/define.ts';
import { listParameters, printList, readList } from '../../frame/lists.ts';
import { flag } from '../../frame/parameters.ts';
import { freezeView } from '../../output/views/gates.ts';
import { readStageNames } from '../../resolve/gates.ts';

export const freezeList = defineVerb({
  summary: 'The freezes, newest first, the ended ones too',
  parameters: { active: flag('--active', 'Only those that hold now or later'), ...listParameters },
  run: async (invocation, { active, ...values }) => {
    const { ports, print } = invocation;
    const session = await invocation.connect();
    const query = { active: active ? true : undefined };
    const items = await readList<Freeze>(invocation, session, { path: '/freezes', query, values });
    const needsNames = print.isForPeople && items.some(({ stageId }) => stageId !== null);
    const names = needsNames ? await readStageNames(session) : new Map<string, string>();
    printList(invocation, items, freezeView(ports.timeZone, ports.clock.now(), names));
    return undefined;
  },
});
