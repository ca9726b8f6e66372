import type { SnapshotContent } from '@sluice/contracts';
import { defineVerb } from '../../frame/define.ts';
import { argument, text } from '../../frame/parameters.ts';
import { snapshotView } from '../../output/views/applications.ts';
import { resolveApplication } from '../../resolve/applications.ts';
import { resolveSnapshot } from '../../resolve/snapshots.ts';

export const snapshotShow = defineVerb({
  summary: 'One snapshot: what it needs and who made it, without its flows',
  parameters: {
    snapshot: argument('snapshot', 'v3, line/v3, latest, or its id'),
    app: text('--app <app>', 'The application: its name or id'),
  },
  run: async ({ connect, print, ports }, { snapshot: reference, app }) => {
    const session = await connect();
    const found = await resolveSnapshot(session, reference, app);
    // `export` gives the flows: a listing of megabytes tells nobody anything.
    const { flows: _flows, ...snapshot } = await session.get<SnapshotContent>(`/snapshots/${found.id}`);
    const application = await resolveApplication(session, snapshot.applicationId);
    print.one(snapshot, snapshotView(application.name, ports.timeZone));
    return undefined;
  },
});
