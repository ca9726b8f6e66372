import type { Rollout } from '@sluice/contracts';
import { formatCount } from '../../format/count.ts';
import { formatDuration } from '../../format/duration.ts';
import { OptionalMoment } from '../../ui/moment.tsx';
import type { RecordColumn } from '../../ui/record-columns.ts';
import { StackedBar } from '../../ui/stacked-bar.tsx';
import { Status } from '../../ui/status.tsx';
import { RolloutLink, rolloutTitle } from './rollout-link.tsx';
import { rolloutAppearances, segmentsOf } from './states.ts';

function Took({ rollout: { startedAt, finishedAt } }: { rollout: Rollout }) {
  if (startedAt === null || finishedAt === null) return <span className="sl-dim">–</span>;
  return <>{formatDuration(Date.parse(finishedAt) - Date.parse(startedAt))}</>;
}

/** What the list shows of each rollout. */
export const rolloutColumns: readonly RecordColumn<Rollout>[] = [
  {
    id: 'title',
    header: 'Rollout',
    width: 'minmax(0, 2fr)',
    cell: (rollout) => (
      <div className="sl-cell-lines">
        <RolloutLink rollout={rollout} />
        <span className="sl-small sl-dim sl-truncate">{rollout.applicationName}</span>
      </div>
    ),
  },
  {
    id: 'state',
    header: 'State',
    width: 'minmax(112px, 1fr)',
    cell: ({ state }) => <Status {...rolloutAppearances[state]} />,
  },
  {
    id: 'devices',
    header: 'Devices',
    width: 'minmax(0, 2fr)',
    from: 'medium',
    cell: (rollout) => (
      <div style={{ alignItems: 'center', display: 'grid', gap: 10, gridTemplateColumns: 'minmax(0, 1fr) auto' }}>
        <StackedBar segments={segmentsOf(rollout.counts)} label={`Deployments of ${rolloutTitle(rollout)}`} />
        <span className="sl-small sl-dim">
          {formatCount(rollout.counts.succeeded ?? 0)} / {formatCount(rollout.size)}
        </span>
      </div>
    ),
  },
  {
    id: 'reason',
    header: 'Outcome',
    width: 'minmax(0, 2.5fr)',
    from: 'wide',
    cell: ({ reason }) => (
      <div className="sl-small sl-truncate" title={reason ?? undefined}>
        {reason ?? <span className="sl-dim">–</span>}
      </div>
    ),
  },
  {
    id: 'started',
    header: 'Started',
    width: '108px',
    from: 'medium',
    cell: ({ startedAt }) => (
      <span className="sl-above-link">
        <OptionalMoment at={startedAt} age none="Not yet" />
      </span>
    ),
  },
  { id: 'took', header: 'Took', width: '92px', from: 'wide', cell: (rollout) => <Took rollout={rollout} /> },
];
