import type { Release } from '@sluice/contracts';
import { defineVerb } from '../../frame/define.ts';
import { listParameters, printList, readList } from '../../frame/lists.ts';
import { requiredText } from '../../frame/parameters.ts';
import { releaseView } from '../../output/views/applications.ts';
import { resolveApplication } from '../../resolve/applications.ts';

export const releaseList = defineVerb({
  summary: 'The releases of an application, newest first',
  parameters: { app: requiredText('--app <app>', 'The application: its name or id'), ...listParameters },
  run: async (invocation, { app, ...values }) => {
    const session = await invocation.connect();
    const application = await resolveApplication(session, app);
    const items = await readList<Release>(invocation, session, { path: `/applications/${application.id}/releases`, values });
    printList(invocation, items, releaseView(application.name, invocation.ports.timeZone));
    return undefined;
  },
});
