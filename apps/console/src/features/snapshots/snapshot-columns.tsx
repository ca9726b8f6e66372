import type { Snapshot } from '@sluice/contracts';
import { formatCount } from '../../format/count.ts';
import { Identifier } from '../../ui/identifier.tsx';
import { Moment } from '../../ui/moment.tsx';
import type { RecordColumn } from '../../ui/record-columns.ts';
import { CompareLink, SnapshotLink } from './snapshot-link.tsx';

/** What the list shows of each snapshot. */
export const snapshotColumns: readonly RecordColumn<Snapshot>[] = [
  { id: 'number', header: 'Version', width: '64px', cell: (snapshot) => <SnapshotLink snapshot={snapshot} inRow /> },
  {
    id: 'message',
    header: 'Message',
    width: 'minmax(0, 3fr)',
    cell: ({ message, createdBy }) => (
      <div className="sl-cell-lines">
        <span className="sl-truncate" title={message}>
          {message === '' ? <span className="sl-dim">No message</span> : message}
        </span>
        <span className="sl-small sl-dim sl-truncate">{createdBy}</span>
      </div>
    ),
  },
  {
    id: 'nodes',
    header: 'Nodes',
    width: '72px',
    from: 'medium',
    cell: ({ nodeCount }) => formatCount(nodeCount),
  },
  { id: 'runtime', header: 'Node-RED', width: '80px', from: 'wide', cell: ({ runtimeVersion }) => runtimeVersion },
  {
    id: 'digest',
    header: 'Digest',
    width: '132px',
    from: 'wide',
    cell: ({ digest }) => (
      <span className="sl-above-link">
        <Identifier value={digest} label="digest" digits={10} />
      </span>
    ),
  },
  {
    id: 'created',
    header: 'Captured',
    width: '108px',
    from: 'medium',
    cell: ({ createdAt }) => (
      <span className="sl-above-link">
        <Moment at={createdAt} age />
      </span>
    ),
  },
  {
    id: 'compare',
    header: 'Compare',
    width: '84px',
    cell: ({ id, parent }) =>
      parent === null ? <span className="sl-dim">–</span> : <CompareLink after={id}>{`Since v${parent}`}</CompareLink>,
  },
];
