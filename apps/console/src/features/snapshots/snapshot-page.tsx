import { Skeleton } from '@mantine/core';
import type { SnapshotContent } from '@sluice/contracts';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { applicationQuery, snapshotQuery } from '../../api/application-queries.ts';
import { Facts } from '../../ui/facts.tsx';
import { Identifier } from '../../ui/identifier.tsx';
import { Moment } from '../../ui/moment.tsx';
import { ErrorNotice } from '../../ui/notice.tsx';
import { Page, Panel } from '../../ui/page.tsx';
import { ApplicationLink } from '../applications/application-link.tsx';
import { CloneCommand } from './clone-command.tsx';
import { ModulesPanel, SettingsPanel, VariablesPanel } from './contents-panels.tsx';
import { FlowsPanel } from './flows-panel.tsx';
import { SnapshotActions } from './snapshot-actions.tsx';

const route = getRouteApi('/organizations/$organizationId/snapshots/$snapshotId');

function factsOf(snapshot: SnapshotContent) {
  const { digest, commit, runtimeVersion, hasCredentials } = snapshot;
  return [
    { name: 'Digest', value: <Identifier value={digest} label="digest" digits={16} /> },
    { name: 'Commit', value: commit === undefined ? 'None' : <Identifier value={commit} label="commit" digits={12} /> },
    { name: 'Node-RED', value: runtimeVersion },
    { name: 'Credentials', value: hasCredentials ? 'Sealed in the secret store' : 'None' },
    { name: 'History', value: <CloneCommand applicationId={snapshot.applicationId} /> },
  ];
}

function Origin({ snapshot, applicationName }: { snapshot: SnapshotContent; applicationName: string }) {
  return (
    <>
      <ApplicationLink application={{ id: snapshot.applicationId, name: applicationName }} />
      <span>
        Captured <Moment at={snapshot.createdAt} /> by {snapshot.createdBy}
      </span>
    </>
  );
}

/** One snapshot: what it is, what stands in it, what can be done with it. */
export function SnapshotPage() {
  const { organizationId, snapshotId } = route.useParams();
  const { data: snapshot, error, refetch } = useQuery(snapshotQuery(organizationId, snapshotId));
  const application = useQuery({
    ...applicationQuery(organizationId, snapshot?.applicationId ?? ''),
    enabled: snapshot !== undefined,
  });
  if (snapshot === undefined) {
    return (
      <Page title="Snapshot">
        {error === null ? <Skeleton height={260} radius="md" /> : <ErrorNotice error={error} onRetry={() => void refetch()} />}
      </Page>
    );
  }
  const applicationName = application.data?.name ?? 'Application';
  return (
    <Page
      title={`${applicationName} v${snapshot.number}`}
      sub={<Origin snapshot={snapshot} applicationName={applicationName} />}
      actions={<SnapshotActions snapshot={snapshot} />}
    >
      <Panel title="Snapshot" hideTitle>
        {snapshot.message === '' ? null : (
          <p style={{ margin: '0 0 14px', overflowWrap: 'anywhere', whiteSpace: 'pre-wrap' }}>{snapshot.message}</p>
        )}
        <Facts facts={factsOf(snapshot)} />
      </Panel>
      <div className="sl-columns" data-shape="wide-narrow">
        <div className="sl-stack">
          <FlowsPanel snapshot={snapshot} />
        </div>
        <div className="sl-stack">
          <VariablesPanel snapshot={snapshot} />
          <ModulesPanel snapshot={snapshot} />
          <SettingsPanel snapshot={snapshot} />
        </div>
      </div>
    </Page>
  );
}
