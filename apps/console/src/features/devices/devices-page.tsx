import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { type DeviceFilters, deviceListQuery, fleetSummaryQuery } from '../../api/queries.ts';
import { formatCountOf } from '../../format/count.ts';
import { EmptyNotice } from '../../ui/notice.tsx';
import { Page, Panel } from '../../ui/page.tsx';
import { PagedList } from '../../ui/paged-list.tsx';
import { useMembership } from '../session/membership.ts';
import { deviceColumns } from './device-columns.tsx';
import { DeviceFilterBar } from './device-filters.tsx';

const route = getRouteApi('/organizations/$organizationId/devices');

function Empty({ isFiltered }: { isFiltered: boolean }) {
  return isFiltered ? (
    <EmptyNotice title="No device matches">Take a filter away to see more.</EmptyNotice>
  ) : (
    <EmptyNotice title="No device has enrolled yet">
      Create an enrollment code through the API and start the agent with it on the device; the device then appears here by itself.
    </EmptyNotice>
  );
}

/** The fleet, filtered by the server. */
export function DevicesPage() {
  const { organizationId } = useMembership();
  const filters = route.useSearch();
  const navigate = route.useNavigate();
  const summary = useQuery(fleetSummaryQuery(organizationId));
  const devices = useInfiniteQuery(deviceListQuery(organizationId, filters));
  const show = (wanted: DeviceFilters): void => void navigate({ search: wanted, replace: true });
  return (
    <Page title="Devices" sub={<span>{summary.data === undefined ? ' ' : `${formatCountOf(summary.data.devices, 'device')} in all`}</span>}>
      <Panel title="Fleet" flush hideTitle>
        <DeviceFilterBar filters={filters} onChange={show} />
        <PagedList
          label="Devices"
          noun="device"
          query={devices}
          columns={deviceColumns}
          rowId={({ id }) => id}
          withKeys
          empty={<Empty isFiltered={Object.keys(filters).length > 0} />}
        />
      </Panel>
    </Page>
  );
}
