import { Link } from '@tanstack/react-router';
import { useMembership } from '../session/membership.ts';

/** Leads to a snapshot; `inRow`: it reaches over the whole row of a list. */
export function SnapshotLink({ snapshot, inRow = false }: { snapshot: { id: string; number: number }; inRow?: boolean }) {
  const { organizationId } = useMembership();
  return (
    <Link
      to="/organizations/$organizationId/snapshots/$snapshotId"
      params={{ organizationId, snapshotId: snapshot.id }}
      {...(inRow ? { className: 'sl-row-link sl-truncate' } : {})}
    >
      v{snapshot.number}
    </Link>
  );
}

/** Leads to what changed up to a snapshot, since another one or since the one before it. */
export function CompareLink({ before, after, children }: { before?: string; after: string; children: string }) {
  const { organizationId } = useMembership();
  return (
    <Link
      to="/organizations/$organizationId/compare"
      params={{ organizationId }}
      search={{ after, ...(before === undefined ? {} : { before }) }}
      className="sl-above-link"
    >
      {children}
    </Link>
  );
}
