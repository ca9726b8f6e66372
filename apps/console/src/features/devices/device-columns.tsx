import type { Device } from '@sluice/contracts';
import { OptionalMoment } from '../../ui/moment.tsx';
import type { RecordColumn } from '../../ui/record-columns.ts';
import { Status } from '../../ui/status.tsx';
import { connectivityAppearances, healthAppearances, notableApproval } from './appearances.ts';
import { ApproveButton } from './approve-button.tsx';
import { DeviceLink } from './device-link.tsx';
import { ReleaseName } from './release-name.tsx';

function Labels({ labels }: Pick<Device, 'labels'>) {
  const text = Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join('  ');
  return <span className="sl-small sl-dim sl-truncate">{text}</span>;
}

function Running({ device: { running, desired } }: { device: Device }) {
  const isMoving = desired !== null && desired.id !== running?.id;
  return (
    <div className="sl-above-link" style={{ display: 'inline-block' }}>
      <ReleaseName release={running} />
      {isMoving ? <span className="sl-dim"> → {desired.name}</span> : null}
    </div>
  );
}

function Condition({ device }: { device: Device }) {
  const approval = notableApproval(device.approval);
  if (device.approval === 'pending') {
    return (
      <div className="sl-above-link">
        <ApproveButton device={device} />
      </div>
    );
  }
  return <Status {...(approval ?? healthAppearances[device.health])} />;
}

/** What the device list shows of each device. */
export const deviceColumns: readonly RecordColumn<Device>[] = [
  {
    id: 'name',
    header: 'Device',
    width: 'minmax(0, 3fr)',
    cell: (device) => (
      <div className="sl-cell-lines">
        <DeviceLink device={device} />
        <Labels labels={device.labels} />
      </div>
    ),
  },
  { id: 'health', header: 'Health', width: 'minmax(104px, 1fr)', cell: (device) => <Condition device={device} /> },
  {
    id: 'connectivity',
    header: 'Connection',
    width: 'minmax(104px, 1fr)',
    from: 'medium',
    cell: (device) => <Status {...connectivityAppearances[device.connectivity]} />,
  },
  { id: 'running', header: 'Runs', width: 'minmax(88px, 1fr)', from: 'medium', cell: (device) => <Running device={device} /> },
  {
    id: 'application',
    header: 'Application',
    width: 'minmax(0, 1.5fr)',
    from: 'wide',
    cell: ({ running, desired }) => (
      <div className="sl-truncate">{(running ?? desired)?.applicationName ?? <span className="sl-dim">–</span>}</div>
    ),
  },
  {
    id: 'last-seen',
    header: 'Last seen',
    width: '110px',
    from: 'wide',
    cell: (device) => (
      <span className="sl-above-link">
        <OptionalMoment at={device.lastSeenAt} age none="Never" />
      </span>
    ),
  },
];
