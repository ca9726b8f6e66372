import type { Rollout } from '@sluice/contracts';
import { Link } from '@tanstack/react-router';
import { useMembership } from '../session/membership.ts';

type Named = Pick<Rollout, 'release' | 'stageName' | 'kind'>;

/** What people call a rollout: `v3 → prod`. */
export function rolloutTitle({ release, stageName, kind }: Named): string {
  const where = stageName === '' ? '' : ` → ${stageName}`;
  return kind === 'rollback' ? `Back to ${release.name}${where}` : `${release.name}${where}`;
}

/** Leads to a rollout; in a row of a list it reaches over the whole row. */
export function RolloutLink({ rollout }: { rollout: Named & { id: string } }) {
  const { organizationId } = useMembership();
  return (
    <Link
      to="/organizations/$organizationId/rollouts/$rolloutId"
      params={{ organizationId, rolloutId: rollout.id }}
      className="sl-row-link sl-truncate"
    >
      {rolloutTitle(rollout)}
    </Link>
  );
}
