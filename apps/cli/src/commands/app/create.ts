import type { Application } from '@sluice/contracts';
import { defineVerb } from '../../frame/define.ts';
import { argument, text } from '../../frame/parameters.ts';
import { applicationView } from '../../output/views/applications.ts';

export const appCreate = defineVerb({
  summary: 'Make an application',
  parameters: { name: argument('name', 'What to call it'), description: text('--description <text>', 'What it is for') },
  run: async ({ connect, print, ports }, { name, description }) => {
    const session = await connect();
    const application = await session.post<Application>('/applications', { name, description });
    print.one(application, applicationView(ports.timeZone));
    return undefined;
  },
});
