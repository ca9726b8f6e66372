import { Button, Group, Skeleton } from '@mantine/core';
import type { Release } from '@sluice/contracts';
import { IconDownload, IconGitCompare } from '@tabler/icons-react';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { applicationQuery, releaseQuery } from '../../api/application-queries.ts';
import { organizationPath, rolloutListQuery } from '../../api/queries.ts';
import { Facts } from '../../ui/facts.tsx';
import { Identifier } from '../../ui/identifier.tsx';
import { Moment } from '../../ui/moment.tsx';
import { EmptyNotice, ErrorNotice } from '../../ui/notice.tsx';
import { Page, Panel } from '../../ui/page.tsx';
import { PagedList } from '../../ui/paged-list.tsx';
import { ApplicationLink } from '../applications/application-link.tsx';
import { ReleaseFindingsPanel } from '../findings/findings-panel.tsx';
import { EligibilityPanel } from '../promotions/eligibility-panel.tsx';
import { rolloutColumns } from '../rollouts/rollout-columns.tsx';
import { SnapshotLink } from '../snapshots/snapshot-link.tsx';
import { ReleaseLink } from './release-link.tsx';

const route = getRouteApi('/organizations/$organizationId/releases/$releaseId');

function Identity({ release }: { release: Release }) {
  const { organizationId } = route.useParams();
  return (
    <Panel title="Identity">
      <Facts
        facts={[
          { name: 'Digest', value: <Identifier value={release.digest} label="digest" digits={16} /> },
          { name: 'Digest of the lock', value: <Identifier value={release.lockDigest} label="digest of the lock" digits={16} /> },
          { name: 'Counter', value: release.counter },
          { name: 'Snapshot', value: <SnapshotLink snapshot={{ id: release.snapshotId, number: release.snapshotNumber }} /> },
          {
            name: 'Devices',
            value: (
              <Link to="/organizations/$organizationId/devices" params={{ organizationId }} search={{ releaseId: release.id }}>
                Those that run it
              </Link>
            ),
          },
          { name: 'Signature', value: 'In release.json of the bundle' },
          ...(release.republishedFrom === null
            ? []
            : [
                {
                  name: 'Published again from',
                  value: <ReleaseLink release={{ id: release.republishedFrom, name: 'A former release' }} />,
                },
              ]),
        ]}
      />
    </Panel>
  );
}

function RolloutsOf({ release }: { release: Release }) {
  const { organizationId } = route.useParams();
  const rollouts = useInfiniteQuery(rolloutListQuery(organizationId, { releaseId: release.id, applicationId: release.applicationId }));
  return (
    <Panel title="Rollouts of it" flush>
      <PagedList
        label="Rollouts of this release"
        noun="rollout"
        query={rollouts}
        columns={rolloutColumns}
        rowId={({ id }) => id}
        withKeys
        empty={<EmptyNotice title="It has not been rolled out yet">Promote it into a stage: its rollout then appears here.</EmptyNotice>}
      />
    </Panel>
  );
}

function Actions({ release }: { release: Release }) {
  const { organizationId } = route.useParams();
  const base = `${organizationPath(organizationId)}/releases/${release.id}`;
  return (
    <Group gap="xs" role="group" aria-label="Actions on this release">
      <Button
        variant="default"
        leftSection={<IconGitCompare size={16} aria-hidden />}
        renderRoot={(props) => (
          <Link to="/organizations/$organizationId/compare" params={{ organizationId }} search={{ after: release.snapshotId }} {...props} />
        )}
      >
        What changed
      </Button>
      <Button component="a" variant="default" leftSection={<IconDownload size={16} aria-hidden />} href={`${base}/bundle`} download>
        Bundle
      </Button>
      <Button
        component="a"
        variant="default"
        leftSection={<IconDownload size={16} aria-hidden />}
        href={`${base}/sbom`}
        download={`sbom-${release.digest.slice(0, 12)}.json`}
      >
        Bill of materials
      </Button>
    </Group>
  );
}

/** One release: what it is, what was found in it, where it went. */
export function ReleasePage() {
  const { organizationId, releaseId } = route.useParams();
  const { data: release, error, refetch } = useQuery(releaseQuery(organizationId, releaseId));
  const application = useQuery({ ...applicationQuery(organizationId, release?.applicationId ?? ''), enabled: release !== undefined });
  if (release === undefined) {
    return (
      <Page title="Release">
        {error === null ? <Skeleton height={260} radius="md" /> : <ErrorNotice error={error} onRetry={() => void refetch()} />}
      </Page>
    );
  }
  const applicationName = application.data?.name ?? 'Application';
  return (
    <Page
      title={`${applicationName} ${release.name}`}
      sub={
        <>
          <ApplicationLink application={{ id: release.applicationId, name: applicationName }} />
          <span>
            Published <Moment at={release.createdAt} /> by {release.publishedBy}
          </span>
        </>
      }
      actions={<Actions release={release} />}
    >
      <EligibilityPanel releaseId={release.id} />
      <Identity release={release} />
      <ReleaseFindingsPanel releaseId={release.id} />
      <RolloutsOf release={release} />
    </Page>
  );
}
