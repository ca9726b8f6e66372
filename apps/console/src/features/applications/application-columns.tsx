import type { Application } from '@sluice/contracts';
import { useQuery } from '@tanstack/react-query';
import { fewReleasesQuery, fewSnapshotsQuery } from '../../api/application-queries.ts';
import { Moment } from '../../ui/moment.tsx';
import type { RecordColumn } from '../../ui/record-columns.ts';
import { useMembership } from '../session/membership.ts';
import { ApplicationLink } from './application-link.tsx';

const nothing = <span className="sl-dim">None</span>;

// Asked for the rows in view only: the list renders no others.
function NewestSnapshot({ applicationId }: { applicationId: string }) {
  const { organizationId } = useMembership();
  const { data } = useQuery(fewSnapshotsQuery(organizationId, applicationId, 1));
  const newest = data?.items[0];
  if (newest === undefined) return data === undefined ? null : nothing;
  return (
    <div className="sl-cell-lines">
      <span>
        v{newest.number} <span className="sl-dim">by {newest.createdBy}</span>
      </span>
      <span className="sl-small sl-dim sl-truncate">{newest.message}</span>
    </div>
  );
}

function NewestRelease({ applicationId }: { applicationId: string }) {
  const { organizationId } = useMembership();
  const { data } = useQuery(fewReleasesQuery(organizationId, applicationId, 1));
  const newest = data?.items[0];
  if (newest === undefined) return data === undefined ? null : nothing;
  return (
    <div className="sl-cell-lines">
      <span className="sl-truncate">{newest.name}</span>
      <span className="sl-small sl-dim sl-above-link">
        <Moment at={newest.createdAt} age />
      </span>
    </div>
  );
}

/** What the list shows of each application. */
export const applicationColumns: readonly RecordColumn<Application>[] = [
  {
    id: 'name',
    header: 'Application',
    width: 'minmax(0, 2fr)',
    cell: (application) => (
      <div className="sl-cell-lines">
        <ApplicationLink application={application} inRow />
        <span className="sl-small sl-dim sl-truncate">{application.description}</span>
      </div>
    ),
  },
  {
    id: 'snapshot',
    header: 'Newest snapshot',
    width: 'minmax(0, 2fr)',
    from: 'medium',
    cell: ({ id }) => <NewestSnapshot applicationId={id} />,
  },
  { id: 'release', header: 'Newest release', width: 'minmax(96px, 1fr)', cell: ({ id }) => <NewestRelease applicationId={id} /> },
  {
    id: 'created',
    header: 'Made',
    width: '110px',
    from: 'wide',
    cell: ({ createdAt }) => (
      <span className="sl-above-link">
        <Moment at={createdAt} />
      </span>
    ),
  },
];
