import type { HealthPolicy, PublishReleaseRequest, Release } from '@sluice/contracts';
import { defineVerb } from '../../frame/define.ts';
import { argument, text } from '../../frame/parameters.ts';
import { readDocument } from '../../input/document.ts';
import { releaseView } from '../../output/views/applications.ts';
import { resolveApplication } from '../../resolve/applications.ts';
import { resolveSnapshot } from '../../resolve/snapshots.ts';

export const releasePublish = defineVerb({
  summary: 'Publish a snapshot: resolve its modules and sign it, so that it can be rolled out',
  more: 'Publishing the same snapshot again gives the same release.',
  parameters: {
    snapshot: argument('snapshot', 'v3, line/v3, latest, or its id'),
    app: text('--app <app>', 'The application: its name or id'),
    name: text('--name <name>', 'What to call the release (default: as the snapshot, v3)'),
    healthPolicy: text('--health-policy <file>', 'What a device must show before it keeps the release: JSON or YAML'),
  },
  run: async ({ connect, print, ports, note }, { snapshot: reference, app, name, healthPolicy }) => {
    // The control plane checks what the file says.
    const policy = healthPolicy === undefined ? undefined : ((await readDocument(ports, healthPolicy)) as HealthPolicy);
    const session = await connect();
    const snapshot = await resolveSnapshot(session, reference, app);
    const application = await resolveApplication(session, snapshot.applicationId);
    if (!snapshot.hasLock && print.isForPeople) note('Resolving its modules …');
    const request: PublishReleaseRequest = {
      snapshotId: snapshot.id,
      ...(name === undefined ? {} : { name }),
      ...(policy === undefined ? {} : { healthPolicy: policy }),
    };
    const release = await session.post<Release>(`/applications/${application.id}/releases`, request);
    print.one(release, releaseView(application.name, ports.timeZone));
    return undefined;
  },
});
