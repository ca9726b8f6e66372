import { Link } from '@tanstack/react-router';
import { useMembership } from '../session/membership.ts';

/** Leads to a release; `inRow`: it reaches over the whole row of a list. */
export function ReleaseLink({ release, inRow = false }: { release: { id: string; name: string }; inRow?: boolean }) {
  const { organizationId } = useMembership();
  return (
    <Link
      to="/organizations/$organizationId/releases/$releaseId"
      params={{ organizationId, releaseId: release.id }}
      {...(inRow ? { className: 'sl-row-link sl-truncate' } : {})}
    >
      {release.name}
    </Link>
  );
}
