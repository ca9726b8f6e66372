import type { Application, Group } from '@sluice/contracts';
import { defineVerb } from '../../frame/define.ts';
import { printList } from '../../frame/lists.ts';
import { text } from '../../frame/parameters.ts';
import { stageView } from '../../output/views/fleet.ts';
import { resolveApplication } from '../../resolve/applications.ts';
import { stagesOf } from '../../resolve/stages.ts';

export const stageList = defineVerb({
  summary: 'The stages, in the order of their pipelines',
  parameters: { app: text('--app <app>', 'Of this application only: its name or id') },
  run: async (invocation, { app }) => {
    const session = await invocation.connect();
    const applications = app === undefined ? await session.all<Application>('/applications') : [await resolveApplication(session, app)];
    const placed = (await Promise.all(applications.map((application) => stagesOf(session, application)))).flat();
    const groups = new Map((await session.all<Group>('/groups')).map(({ id, name }) => [id, name]));
    const { print } = invocation;
    if (print.isForPeople || print.format === 'name') printList(invocation, placed, stageView(placed, groups));
    else print.data(placed.map(({ stage, ...names }) => ({ ...names, ...stage })));
    return undefined;
  },
});
