import { Badge, Skeleton } from '@mantine/core';
import type { DeviceDetail } from '@sluice/contracts';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { deviceDeploymentsQuery, deviceQuery } from '../../api/queries.ts';
import { OptionalMoment } from '../../ui/moment.tsx';
import { EmptyNotice, ErrorNotice } from '../../ui/notice.tsx';
import { Page, Panel } from '../../ui/page.tsx';
import { PagedList } from '../../ui/paged-list.tsx';
import { Status } from '../../ui/status.tsx';
import { CapturesPanel } from '../captures/captures-panel.tsx';
import { DeviceEndpoints } from '../integrations/device-endpoints.tsx';
import { deviceDeploymentColumns } from '../rollouts/deployment-columns.tsx';
import { connectivityAppearances, healthAppearances, notableApproval } from './appearances.ts';
import { ApproveButton } from './approve-button.tsx';
import { DeviceBlockersPanel } from './device-blockers-panel.tsx';
import { ConnectionsPanel, HealthPanel } from './health-panel.tsx';
import { ReleasesPanel } from './releases-panel.tsx';
import { IdentityPanel, RuntimePanel } from './runtime-panel.tsx';
import { TimelinePanel } from './timeline-panel.tsx';

const route = getRouteApi('/organizations/$organizationId/devices/$deviceId');

function States({ device }: { device: DeviceDetail }) {
  const approval = notableApproval(device.approval);
  return (
    <>
      {approval === null ? <Status {...healthAppearances[device.health]} filled /> : <Status {...approval} filled />}
      <Status {...connectivityAppearances[device.connectivity]} />
    </>
  );
}

function Facts({ device }: { device: DeviceDetail }) {
  return (
    <>
      <span>
        Last seen <OptionalMoment at={device.lastSeenAt} age none="never" />
      </span>
      {Object.entries(device.labels).map(([key, value]) => (
        <Badge key={key} variant="default" size="md" radius="sm" tt="none" fw={500}>
          {key}={value}
        </Badge>
      ))}
    </>
  );
}

function Deployments({ organizationId, deviceId }: { organizationId: string; deviceId: string }) {
  const deployments = useInfiniteQuery(deviceDeploymentsQuery(organizationId, deviceId));
  return (
    <Panel title="Deployments" flush>
      <PagedList
        label="Deployments of this device"
        noun="deployment"
        query={deployments}
        columns={deviceDeploymentColumns}
        rowId={({ id }) => id}
        withKeys
        empty={<EmptyNotice title="No rollout has reached this device yet" />}
      />
    </Panel>
  );
}

/** One device: what it shall run, what it runs, how well, and what happened to it. */
export function DevicePage() {
  const { organizationId, deviceId } = route.useParams();
  const { data: device, error, refetch } = useQuery(deviceQuery(organizationId, deviceId));
  if (device === undefined) {
    return (
      <Page title="Device">
        {error === null ? <Skeleton height={260} radius="md" /> : <ErrorNotice error={error} onRetry={() => void refetch()} />}
      </Page>
    );
  }
  return (
    <Page
      title={device.name}
      beside={<States device={device} />}
      sub={<Facts device={device} />}
      actions={device.approval === 'pending' ? <ApproveButton device={device} /> : null}
    >
      <DeviceBlockersPanel device={device} />
      <ReleasesPanel device={device} />
      <div className="sl-columns" data-shape="wide-narrow">
        <div className="sl-stack">
          <HealthPanel device={device} />
          <ConnectionsPanel device={device} />
          <DeviceEndpoints deviceId={deviceId} />
          <Deployments organizationId={organizationId} deviceId={deviceId} />
          <IdentityPanel device={device} />
        </div>
        <div className="sl-stack">
          <RuntimePanel device={device} />
          <CapturesPanel device={device} />
          <TimelinePanel organizationId={organizationId} deviceId={deviceId} />
        </div>
      </div>
    </Page>
  );
}
