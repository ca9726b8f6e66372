import { defineVerb } from '../../frame/define.ts';
import { argument } from '../../frame/parameters.ts';
import { applicationView } from '../../output/views/applications.ts';
import { resolveApplication } from '../../resolve/applications.ts';

export const appGet = defineVerb({
  summary: 'One application',
  parameters: { app: argument('app', 'Its name or id') },
  run: async ({ connect, print, ports }, { app }) => {
    print.one(await resolveApplication(await connect(), app), applicationView(ports.timeZone));
    return undefined;
  },
});
