import { Anchor } from '@mantine/core';
import type { Rollout } from '@sluice/contracts';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { fewRolloutsQuery } from '../../api/queries.ts';
import { formatCount } from '../../format/count.ts';
import { EmptyNotice, ErrorNotice } from '../../ui/notice.tsx';
import { Panel } from '../../ui/page.tsx';
import { ListSkeleton } from '../../ui/paged-list.tsx';
import { StackedBar } from '../../ui/stacked-bar.tsx';
import { Status } from '../../ui/status.tsx';
import { RolloutLink, rolloutTitle } from '../rollouts/rollout-link.tsx';
import { rolloutAppearances, segmentsOf } from '../rollouts/states.ts';

const shownMax = 8;

function Flight({ rollout }: { rollout: Rollout }) {
  return (
    <li>
      <div className="sl-flight" style={{ flex: 1, minWidth: 0 }}>
        <div className="sl-flight-line">
          <RolloutLink rollout={rollout} />
          <Status {...rolloutAppearances[rollout.state]} />
        </div>
        <StackedBar segments={segmentsOf(rollout.counts)} label={`Deployments of ${rolloutTitle(rollout)}`} />
        <div className="sl-flight-line sl-small sl-dim">
          <span className="sl-truncate">{rollout.applicationName}</span>
          <span>
            {formatCount(rollout.counts.succeeded ?? 0)} of {formatCount(rollout.size)}
          </span>
        </div>
      </div>
    </li>
  );
}

/** The rollouts that have not ended. */
export function RolloutsInFlight({ organizationId }: { organizationId: string }) {
  const { data, error, refetch } = useQuery(fewRolloutsQuery(organizationId, { active: true }, shownMax));
  const all = (
    <Anchor component={Link} size="sm" to={`/organizations/${organizationId}/rollouts`}>
      All rollouts
    </Anchor>
  );
  return (
    <Panel title="Rollouts in flight" flush aside={all}>
      {error !== null && data === undefined ? <ErrorNotice error={error} onRetry={() => void refetch()} /> : null}
      {data === undefined && error === null ? <ListSkeleton rows={2} /> : null}
      {data?.items.length === 0 ? <EmptyNotice title="Nothing is moving">Every rollout has ended.</EmptyNotice> : null}
      <ul className="sl-needs">
        {data?.items.map((rollout) => (
          <Flight key={rollout.id} rollout={rollout} />
        ))}
      </ul>
    </Panel>
  );
}
