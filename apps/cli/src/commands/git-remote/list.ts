import type { GitRemote } from '@sluice/contracts';
import { defineVerb } from '../../frame/define.ts';
import { listParameters, printList, readList } from '../../frame/lists.ts';
import { requiredText } from '../../frame/parameters.ts';
import { gitRemoteView } from '../../output/views/git-remotes.ts';
import { resolveApplication } from '../../resolve/applications.ts';

export const gitRemoteList = defineVerb({
  summary: 'The git remotes of an application, and how they do',
  parameters: { app: requiredText('--app <app>', 'The application: its name or id'), ...listParameters },
  run: async (invocation, { app, ...values }) => {
    const session = await invocation.connect();
    const application = await resolveApplication(session, app);
    const items = await readList<GitRemote>(invocation, session, { path: `/applications/${application.id}/git-remotes`, values });
    printList(invocation, items, gitRemoteView(invocation.ports.timeZone));
    return undefined;
  },
});
