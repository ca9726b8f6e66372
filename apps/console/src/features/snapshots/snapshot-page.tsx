import { Badge, Group, Skeleton } from '@mantine/core';
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
import { SnapshotFindingsPanel } from '../findings/findings-panel.tsx';
import { SnapshotEndpoints } from '../integrations/snapshot-endpoints.tsx';
import { CloneCommand } from './clone-command.tsx';
import { ModulesPanel, SettingsPanel, VariablesPanel } from './contents-panels.tsx';
import { FlowsPanel } from './flows-panel.tsx';
import { ProtectionPanel } from './protection-panel.tsx';
import { SnapshotActions } from './snapshot-actions.tsx';
import { CompareLink } from './snapshot-link.tsx';

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

function Labels({ labels }: Pick<SnapshotContent, 'labels'>) {
  const entries = Object.entries(labels);
  if (entries.length === 0) return null;
  return (
    <Group gap={6} mt="md" role="list" aria-label="Labels">
      {entries.map(([key, value]) => (
        <Badge key={key} role="listitem" variant="default" size="md" radius="sm" tt="none" fw={500}>
          {value === '' ? key : `${key}=${value}`}
        </Badge>
      ))}
    </Group>
  );
}

function Origin({ snapshot, applicationName }: { snapshot: SnapshotContent; applicationName: string }) {
  return (
    <>
      <ApplicationLink application={{ id: snapshot.applicationId, name: applicationName }} />
      {snapshot.parent === null ? null : (
        <span>
          Made from v{snapshot.parent} (<CompareLink after={snapshot.id}>what changed</CompareLink>)
        </span>
      )}
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
        <Labels labels={snapshot.labels} />
      </Panel>
      <div className="sl-columns" data-shape="wide-narrow">
        <div className="sl-stack">
          <SnapshotFindingsPanel
            found={{ snapshotId: snapshot.id, snapshotNumber: snapshot.number, applicationId: snapshot.applicationId }}
          />
          <SnapshotEndpoints snapshotId={snapshot.id} applicationId={snapshot.applicationId} />
          <FlowsPanel snapshot={snapshot} />
        </div>
        <div className="sl-stack">
          <ProtectionPanel snapshotId={snapshot.id} />
          <VariablesPanel snapshot={snapshot} />
          <ModulesPanel snapshot={snapshot} />
          <SettingsPanel snapshot={snapshot} />
        </div>
      </div>
    </Page>
  );
}
