import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { fleetIntegrationsQuery } from '../../api/integration-queries.ts';
import { formatCountOf } from '../../format/count.ts';
import { EmptyNotice } from '../../ui/notice.tsx';
import { Page, Panel } from '../../ui/page.tsx';
import { PagedList } from '../../ui/paged-list.tsx';
import { fleetColumns } from './fleet-columns.tsx';
import { IntegrationFilterBar } from './integration-filters.tsx';
import { Unresolved } from './unresolved.tsx';

const route = getRouteApi('/organizations/$organizationId/integrations');

function Empty({ isFiltered }: { isFiltered: boolean }) {
  return isFiltered ? (
    <EmptyNotice title="Nobody talks to that">
      A search takes a whole host, <code className="sl-mono">host:port</code> or address. Take a filter away to see more.
    </EmptyNotice>
  ) : (
    <EmptyNotice title="No device runs a release that talks to anything">
      The map is made from what devices run, with the variables that are set for them.
    </EmptyNotice>
  );
}

/** Everything outside that the fleet talks to, and who talks to it. */
export function IntegrationsPage() {
  const { organizationId } = route.useParams();
  const filters = route.useSearch();
  const navigate = route.useNavigate();
  const endpoints = useInfiniteQuery(fleetIntegrationsQuery(organizationId, filters));
  const first = endpoints.data?.pages[0];
  return (
    <Page
      title="Integrations"
      sub={<span>{first === undefined ? ' ' : `What ${formatCountOf(first.deviceCount, 'device')} with a release talk to`}</span>}
    >
      <Panel title="Map" flush hideTitle>
        <IntegrationFilterBar filters={filters} onChange={(wanted) => void navigate({ search: wanted, replace: true })} />
        {first === undefined ? null : <Unresolved {...first} />}
        <PagedList
          label="Endpoints"
          noun="endpoint"
          query={endpoints}
          columns={fleetColumns}
          rowId={({ kind, address }) => `${kind} ${address}`}
          withKeys
          empty={<Empty isFiltered={Object.keys(filters).length > 0} />}
        />
      </Panel>
    </Page>
  );
}
