import { Skeleton, Tabs } from '@mantine/core';
import type { Application } from '@sluice/contracts';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { applicationQuery, releaseListQuery, snapshotListQuery } from '../../api/application-queries.ts';
import { gitRemotesQuery } from '../../api/git-remote-queries.ts';
import { Moment } from '../../ui/moment.tsx';
import { EmptyNotice, ErrorNotice } from '../../ui/notice.tsx';
import { Page, Panel } from '../../ui/page.tsx';
import { PagedList } from '../../ui/paged-list.tsx';
import { Status } from '../../ui/status.tsx';
import { GitRemotesList } from '../git-remotes/git-remotes-list.tsx';
import { WaitingPromotions } from '../promotions/waiting-promotions.tsx';
import { releaseColumns } from '../releases/release-columns.tsx';
import { CloneCommand } from '../snapshots/clone-command.tsx';
import { snapshotColumns } from '../snapshots/snapshot-columns.tsx';
import { StagesPanel } from './stages-panel.tsx';
import { applicationViews } from './views.ts';

const route = getRouteApi('/organizations/$organizationId/applications/$applicationId');

function Snapshots() {
  const { organizationId, applicationId } = route.useParams();
  const snapshots = useInfiniteQuery(snapshotListQuery(organizationId, applicationId));
  return (
    <PagedList
      label="Snapshots"
      noun="snapshot"
      query={snapshots}
      columns={snapshotColumns}
      rowId={({ id }) => id}
      withKeys
      empty={
        <EmptyNotice title="Nothing has been captured yet">
          Capture flows with the sidebar in Node-RED, or with <code className="sl-mono">sluice snapshot create</code>.
        </EmptyNotice>
      }
    />
  );
}

function Releases() {
  const { organizationId, applicationId } = route.useParams();
  const releases = useInfiniteQuery(releaseListQuery(organizationId, applicationId));
  return (
    <PagedList
      label="Releases"
      noun="release"
      query={releases}
      columns={releaseColumns}
      rowId={({ id }) => id}
      withKeys
      empty={<EmptyNotice title="Nothing has been published yet">Open a snapshot and publish it.</EmptyNotice>}
    />
  );
}

/** The lists of an application, as tabs: each of them may be long. */
function Lists() {
  const { organizationId, applicationId } = route.useParams();
  const { view = 'snapshots' } = route.useSearch();
  const remotes = useQuery(gitRemotesQuery(organizationId, applicationId)).data?.items ?? [];
  const failing = remotes.filter(({ state }) => state === 'failing').length;
  const navigate = route.useNavigate();
  const show = (value: string | null): void => {
    const chosen = applicationViews.find((each) => each === value);
    const search = chosen === undefined || chosen === 'snapshots' ? {} : { view: chosen };
    void navigate({ search, replace: true, resetScroll: false });
  };
  return (
    <Panel title="Versions" flush hideTitle>
      <Tabs value={view} onChange={show} keepMounted={false}>
        <Tabs.List aria-label="Versions of this application">
          <Tabs.Tab value="snapshots">Snapshots</Tabs.Tab>
          <Tabs.Tab value="releases">Releases</Tabs.Tab>
          <Tabs.Tab value="remotes" rightSection={failing > 0 ? <Status tone="bad" label={`${failing} failing`} /> : null}>
            Git remotes
          </Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="snapshots">
          <Snapshots />
        </Tabs.Panel>
        <Tabs.Panel value="releases">
          <Releases />
        </Tabs.Panel>
        <Tabs.Panel value="remotes">
          <GitRemotesList applicationId={applicationId} />
        </Tabs.Panel>
      </Tabs>
    </Panel>
  );
}

function Facts({ application }: { application: Application }) {
  return (
    <>
      {application.description === '' ? null : <span>{application.description}</span>}
      <span>
        Made <Moment at={application.createdAt} />
      </span>
      <CloneCommand applicationId={application.id} />
    </>
  );
}

/** One application: what runs where, and its history. */
export function ApplicationPage() {
  const { organizationId, applicationId } = route.useParams();
  const { data: application, error, refetch } = useQuery(applicationQuery(organizationId, applicationId));
  if (application === undefined) {
    return (
      <Page title="Application">
        {error === null ? <Skeleton height={260} radius="md" /> : <ErrorNotice error={error} onRetry={() => void refetch()} />}
      </Page>
    );
  }
  return (
    <Page title={application.name} sub={<Facts application={application} />}>
      <WaitingPromotions applicationId={applicationId} />
      <StagesPanel applicationId={applicationId} />
      <Lists />
    </Page>
  );
}
