import type { Snapshot } from '@sluice/contracts';
import { defineVerb } from '../../frame/define.ts';
import { listParameters, printList, readList } from '../../frame/lists.ts';
import { repeatedText, requiredText } from '../../frame/parameters.ts';
import { snapshotView } from '../../output/views/applications.ts';
import { resolveApplication } from '../../resolve/applications.ts';

export const snapshotList = defineVerb({
  summary: 'The snapshots of an application, newest first',
  parameters: {
    app: requiredText('--app <app>', 'The application: its name or id'),
    label: repeatedText(
      '-l, --label <requirement>',
      'Only those with such labels: key=value, key!=value, key or !key; all that are given hold',
    ),
    ...listParameters,
  },
  run: async (invocation, { app, label, ...values }) => {
    const session = await invocation.connect();
    const application = await resolveApplication(session, app);
    const items = await readList<Snapshot>(invocation, session, {
      path: `/applications/${application.id}/snapshots`,
      query: { selector: label.length === 0 ? undefined : label.join(',') },
      values,
    });
    printList(invocation, items, snapshotView(application.name, invocation.ports.timeZone));
    return undefined;
  },
});
