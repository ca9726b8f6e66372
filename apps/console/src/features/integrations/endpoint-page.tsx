import { Skeleton } from '@mantine/core';
import type { FleetEndpoint, TalkingDevice } from '@sluice/contracts';
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { fleetIntegrationsQuery, type IntegrationFilters, talkingDevicesQuery } from '../../api/integration-queries.ts';
import { formatCount, formatCountOf } from '../../format/count.ts';
import { Disclosure } from '../../ui/disclosure.tsx';
import { Facts } from '../../ui/facts.tsx';
import { EmptyNotice, ErrorNotice } from '../../ui/notice.tsx';
import { Page, Panel } from '../../ui/page.tsx';
import { PagedList } from '../../ui/paged-list.tsx';
import type { RecordColumn } from '../../ui/record-columns.ts';
import { DeviceLink } from '../devices/device-link.tsx';
import { ReleaseLink } from '../releases/release-link.tsx';
import { directionWords, kindWords, stateWords } from './endpoint-words.ts';
import { NodeList } from './node-list.tsx';
import { Posture } from './posture.tsx';

const route = getRouteApi('/organizations/$organizationId/integrations/endpoint');

const deviceColumns: readonly RecordColumn<TalkingDevice>[] = [
  { id: 'name', header: 'Device', width: 'minmax(0, 2fr)', cell: (device) => <DeviceLink device={device} /> },
  {
    id: 'release',
    header: 'Runs',
    width: 'minmax(0, 1fr)',
    cell: ({ release }) => (
      <span className="sl-above-link">
        <ReleaseLink release={release} />
      </span>
    ),
  },
  {
    id: 'nodes',
    header: 'Nodes',
    width: '72px',
    cell: ({ endpoints }) => formatCount(endpoints.reduce((sum, { nodeCount }) => sum + nodeCount, 0)),
  },
];

function Uses({ endpoint }: { endpoint: FleetEndpoint }) {
  return (
    <Panel title="Used by" flush>
      {endpoint.uses.map(({ application, release, deviceCount, nodes, nodeCount, symbol, variables }) => (
        <Disclosure
          key={`${release.id} ${symbol}`}
          initiallyOpen={endpoint.uses.length === 1}
          summary={
            <>
              <b>
                {application.name} {release.name}
              </b>
              <span className="sl-small sl-dim">
                {formatCountOf(deviceCount, 'device')}, {formatCountOf(nodeCount, 'node')}
              </span>
            </>
          }
        >
          {() => (
            <>
              {variables.length === 0 ? null : (
                <p className="sl-small" style={{ margin: '0 0 8px' }}>
                  Written as <code className="sl-mono">{symbol}</code>
                </p>
              )}
              <NodeList nodes={nodes} more={nodeCount - nodes.length} />
            </>
          )}
        </Disclosure>
      ))}
    </Panel>
  );
}

function Devices({ filters }: { filters: IntegrationFilters }) {
  const { organizationId } = route.useParams();
  const devices = useInfiniteQuery(talkingDevicesQuery(organizationId, filters));
  return (
    <Panel title="Devices that talk to it" flush>
      <PagedList
        label="Devices that talk to it"
        noun="device"
        query={devices}
        columns={deviceColumns}
        rowId={({ id }) => id}
        withKeys
        empty={<EmptyNotice title="No device talks to it now" />}
      />
    </Panel>
  );
}

function Posted({ endpoint }: { endpoint: FleetEndpoint }) {
  return (
    <Panel title="Endpoint" hideTitle>
      <Facts
        facts={[
          { name: 'Kind', value: kindWords[endpoint.kind] },
          { name: 'Direction', value: directionWords[endpoint.direction] },
          { name: 'Who connects', value: endpoint.listens ? 'Others, to the device' : 'The device' },
          { name: 'Protection', value: <Posture endpoint={endpoint} /> },
          { name: 'Use', value: stateWords[endpoint.state] ?? 'Active' },
          { name: 'Devices', value: formatCount(endpoint.deviceCount) },
        ]}
      />
    </Panel>
  );
}

/** One thing outside: who talks to it, which is what is touched when it is turned off. */
export function EndpointPage() {
  const { organizationId } = route.useParams();
  const { kind, address } = route.useSearch();
  const filters: IntegrationFilters = {
    exact: true,
    idle: true,
    ...(kind === undefined ? {} : { kind }),
    ...(address === undefined ? {} : { address }),
  };
  const { data, error, refetch } = useInfiniteQuery({ ...fleetIntegrationsQuery(organizationId, filters), enabled: address !== undefined });
  const endpoint = data?.pages[0]?.items[0];
  return (
    <Page title={address ?? 'Endpoint'} sub={kind === undefined ? null : <span>{kindWords[kind]}</span>}>
      {error === null ? null : <ErrorNotice error={error} onRetry={() => void refetch()} />}
      {data === undefined && error === null && address !== undefined ? <Skeleton height={160} radius="md" /> : null}
      {(data !== undefined && endpoint === undefined) || address === undefined ? (
        <Panel title="Endpoint" hideTitle>
          <EmptyNotice title="Nobody talks to it">No device runs a release that does.</EmptyNotice>
        </Panel>
      ) : null}
      {endpoint === undefined ? null : (
        <>
          <Posted endpoint={endpoint} />
          <div className="sl-columns" data-shape="halves">
            <Uses endpoint={endpoint} />
            <Devices filters={filters} />
          </div>
        </>
      )}
    </Page>
  );
}
