import { defineVerb } from '../../frame/define.ts';
import { printList } from '../../frame/lists.ts';
import { text } from '../../frame/parameters.ts';
import { stageView } from '../../output/views/stages.ts';
import { resolveApplication } from '../../resolve/applications.ts';
import { readStageWorld } from '../../resolve/stages.ts';

export const stageList = defineVerb({
  summary: 'The stages, in the order of their pipelines',
  parameters: { app: text('--app <app>', 'Of this application only: its name or id') },
  run: async (invocation, { app }) => {
    const session = await invocation.connect();
    const { all, groupNames } = await readStageWorld(session, app === undefined ? undefined : await resolveApplication(session, app));
    const { print } = invocation;
    if (print.isForPeople || print.format === 'name') printList(invocation, all, stageView(all, groupNames));
    else print.data(all.map(({ stage, ...names }) => ({ ...names, ...stage })));
    return undefined;
  },
});
