import { useInfiniteQuery } from '@tanstack/react-query';
import { applicationListQuery } from '../../api/application-queries.ts';
import { EmptyNotice } from '../../ui/notice.tsx';
import { Page, Panel } from '../../ui/page.tsx';
import { PagedList } from '../../ui/paged-list.tsx';
import { useMembership } from '../session/membership.ts';
import { applicationColumns } from './application-columns.tsx';

/** All applications of the organization, newest first. */
export function ApplicationsPage() {
  const { organizationId } = useMembership();
  const applications = useInfiniteQuery(applicationListQuery(organizationId));
  return (
    <Page title="Applications">
      <Panel title="Newest first" flush hideTitle>
        <PagedList
          label="Applications"
          noun="application"
          query={applications}
          columns={applicationColumns}
          rowId={({ id }) => id}
          withKeys
          empty={
            <EmptyNotice title="No application yet">
              Make one through the API, then capture flows into it with <code className="sl-mono">sluice snapshot create</code>.
            </EmptyNotice>
          }
        />
      </Panel>
    </Page>
  );
}
