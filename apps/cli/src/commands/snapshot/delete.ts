import type { SnapshotProtection } from '@sluice/contracts';
import { defineVerb } from '../../frame/define.ts';
import { argument, flag, text } from '../../frame/parameters.ts';
import { resolveApplication } from '../../resolve/applications.ts';
import { resolveSnapshot } from '../../resolve/snapshots.ts';

export const snapshotDelete = defineVerb({
  summary: 'Delete a snapshot that nothing needs, with its releases',
  more: 'What somebody needs is refused, and every reason is named. Its commit stays in the history of the application.',
  parameters: {
    snapshot: argument('snapshot', 'v3, line/v3, or its id'),
    app: text('--app <app>', 'The application: its name or id'),
    yes: flag('--yes', 'Do it without a question'),
  },
  run: async ({ connect, confirm, note }, { snapshot: reference, app, yes }) => {
    const session = await connect();
    const { id, number, applicationId } = await resolveSnapshot(session, reference, app);
    const { name } = await resolveApplication(session, applicationId);
    const { releases } = await session.get<SnapshotProtection>(`/snapshots/${id}/protection`);
    const names = releases.map((release) => release.name).join(', ');
    const what = releases.length === 0 ? `${name}/v${number}` : `${name}/v${number} and what was released of it (${names})`;
    await confirm(`Delete ${what}?`, yes);
    await session.remove(`/snapshots/${id}`);
    note(`Deleted ${what}.`);
    return undefined;
  },
});
