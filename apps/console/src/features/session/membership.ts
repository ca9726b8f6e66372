import type { Me } from '@sluice/contracts';
import { useSuspenseQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { meQuery } from '../../api/queries.ts';

export type Membership = Me['memberships'][number];

/** The organization of the page's address, and what the person may do in it. */
export function useMembership(): Membership & { me: Me } {
  const { organizationId } = useParams({ from: '/organizations/$organizationId' });
  const { data: me } = useSuspenseQuery(meQuery);
  const membership = me.memberships.find((each) => each.organizationId === organizationId);
  if (membership === undefined) throw new Error('You are no longer a member of this organization.');
  return { ...membership, me };
}

/** Why the person may not do what needs the role operator; null when they may. `doing`: "Publishing". */
export function whyNotOperator(role: Membership['role'], doing: string): string | null {
  return role === 'viewer' ? `${doing} needs the role operator; yours is viewer.` : null;
}
