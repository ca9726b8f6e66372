import type { Release } from '@sluice/contracts';
import { Identifier } from '../../ui/identifier.tsx';
import { Moment } from '../../ui/moment.tsx';
import type { RecordColumn } from '../../ui/record-columns.ts';
import { SnapshotLink } from '../snapshots/snapshot-link.tsx';
import { ReleaseLink } from './release-link.tsx';

/** What the list shows of each release. */
export const releaseColumns: readonly RecordColumn<Release>[] = [
  {
    id: 'name',
    header: 'Release',
    width: 'minmax(0, 2fr)',
    cell: (release) => (
      <div className="sl-cell-lines">
        <ReleaseLink release={release} inRow />
        <span className="sl-small sl-dim sl-truncate">{release.publishedBy}</span>
      </div>
    ),
  },
  {
    id: 'snapshot',
    header: 'Snapshot',
    width: '84px',
    cell: ({ snapshotId, snapshotNumber }) => (
      <span className="sl-above-link">
        <SnapshotLink snapshot={{ id: snapshotId, number: snapshotNumber }} />
      </span>
    ),
  },
  { id: 'counter', header: 'Counter', width: '72px', from: 'medium', cell: ({ counter }) => counter },
  {
    id: 'digest',
    header: 'Digest',
    width: '152px',
    from: 'medium',
    cell: ({ digest }) => (
      <span className="sl-above-link">
        <Identifier value={digest} label="digest" digits={12} />
      </span>
    ),
  },
  {
    id: 'published',
    header: 'Published',
    width: '108px',
    cell: ({ createdAt }) => (
      <span className="sl-above-link">
        <Moment at={createdAt} age />
      </span>
    ),
  },
];
