import type { Application } from '@sluice/contracts';
import { defineVerb } from '../../frame/define.ts';
import { printList } from '../../frame/lists.ts';
import { text } from '../../frame/parameters.ts';
import { pipelineView } from '../../output/views/stages.ts';
import { resolveApplication } from '../../resolve/applications.ts';
import { pipelinesOf } from '../../resolve/pipelines.ts';

export const pipelineList = defineVerb({
  summary: 'The pipelines, with what comes after what',
  parameters: { app: text('--app <app>', 'Of this application only: its name or id') },
  run: async (invocation, { app }) => {
    const session = await invocation.connect();
    const applications = app === undefined ? await session.all<Application>('/applications') : [await resolveApplication(session, app)];
    const pipelines = await pipelinesOf(session, applications);
    const { print, ports } = invocation;
    if (print.isForPeople || print.format === 'name') printList(invocation, pipelines, pipelineView(ports.timeZone));
    else print.data(pipelines.map(({ pipeline, applicationName }) => ({ applicationName, ...pipeline })));
    return undefined;
  },
});
