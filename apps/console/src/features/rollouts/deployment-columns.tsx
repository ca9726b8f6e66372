import type { Deployment } from '@sluice/contracts';
import { Link } from '@tanstack/react-router';
import { formatDuration } from '../../format/duration.ts';
import { Moment } from '../../ui/moment.tsx';
import type { RecordColumn } from '../../ui/record-columns.ts';
import { Status } from '../../ui/status.tsx';
import { DeviceLink } from '../devices/device-link.tsx';
import { useMembership } from '../session/membership.ts';
import { deploymentAppearances } from './states.ts';

/** Why a deployment ended as it did; a device that was never offered the release says so. */
export function reasonOf({ message, code, attempt, state }: Pick<Deployment, 'message' | 'code' | 'attempt' | 'state'>): string | null {
  if (message !== null) return message;
  if (code !== null) return code;
  return attempt === 0 && state === 'canceled' ? 'Never touched: the release was not offered to it.' : null;
}

const methods: Readonly<Record<string, string>> = { hot: 'without a restart', restart: 'with a restart', first_start: 'first start' };

function Outcome({ deployment }: { deployment: Deployment }) {
  const reason = reasonOf(deployment);
  const { cutOverMs, method } = deployment;
  const how =
    cutOverMs === null
      ? null
      : `Flows stood still for ${formatDuration(cutOverMs)}${method === null ? '' : `, ${methods[method] ?? method}`}`;
  return (
    <div className="sl-cell-lines">
      <span style={{ overflowWrap: 'anywhere' }}>{reason ?? how ?? <span className="sl-dim">–</span>}</span>
      {reason !== null && how !== null ? <span className="sl-small sl-dim">{how}</span> : null}
    </div>
  );
}

const state: RecordColumn<Deployment> = {
  id: 'state',
  header: 'State',
  width: 'minmax(116px, 1fr)',
  cell: (deployment) => <Status {...deploymentAppearances[deployment.state]} />,
};

const outcome: RecordColumn<Deployment> = {
  id: 'outcome',
  header: 'Reason and effect',
  width: 'minmax(0, 4fr)',
  cell: (deployment) => <Outcome deployment={deployment} />,
};

const updated: RecordColumn<Deployment> = {
  id: 'updated',
  header: 'Changed',
  width: '104px',
  from: 'wide',
  cell: ({ updatedAt }) => (
    <span className="sl-above-link">
      <Moment at={updatedAt} />
    </span>
  ),
};

/** The deployments of one rollout: one row per device. */
export const rolloutDeploymentColumns: readonly RecordColumn<Deployment>[] = [
  {
    id: 'device',
    header: 'Device',
    width: 'minmax(0, 2fr)',
    cell: ({ deviceId, deviceName }) => (
      <div className="sl-cell-lines">
        <DeviceLink device={{ id: deviceId, name: deviceName }} />
      </div>
    ),
  },
  { id: 'wave', header: 'Wave', width: '52px', from: 'medium', cell: ({ waveIndex }) => waveIndex + 1 },
  state,
  { ...outcome, from: 'narrow' },
  updated,
];

function ToRollout({ deployment: { rolloutId, fromRelease, toRelease } }: { deployment: Deployment }) {
  const { organizationId } = useMembership();
  return (
    <Link
      className="sl-row-link sl-truncate"
      to="/organizations/$organizationId/rollouts/$rolloutId"
      params={{ organizationId, rolloutId }}
    >
      {fromRelease === null ? toRelease.name : `${fromRelease.name} → ${toRelease.name}`}
    </Link>
  );
}

/** The deployments of one device: one row per rollout. */
export const deviceDeploymentColumns: readonly RecordColumn<Deployment>[] = [
  { id: 'release', header: 'Release', width: 'minmax(0, 1fr)', cell: (deployment) => <ToRollout deployment={deployment} /> },
  state,
  { ...outcome, from: 'medium' },
  updated,
];
