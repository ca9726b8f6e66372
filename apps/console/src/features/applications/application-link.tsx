import { Link } from '@tanstack/react-router';
import { useMembership } from '../session/membership.ts';

/** Leads to an application; `inRow`: it reaches over the whole row of a list. */
export function ApplicationLink({ application, inRow = false }: { application: { id: string; name: string }; inRow?: boolean }) {
  const { organizationId } = useMembership();
  return (
    <Link
      to="/organizations/$organizationId/applications/$applicationId"
      params={{ organizationId, applicationId: application.id }}
      {...(inRow ? { className: 'sl-row-link sl-truncate' } : {})}
    >
      {application.name}
    </Link>
  );
}
