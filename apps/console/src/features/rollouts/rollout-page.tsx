import { Skeleton, VisuallyHidden } from '@mantine/core';
import type { RolloutDetail } from '@sluice/contracts';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { rolloutQuery } from '../../api/queries.ts';
import { useNow } from '../../clock.tsx';
import { formatDuration } from '../../format/duration.ts';
import { Moment } from '../../ui/moment.tsx';
import { ErrorNotice } from '../../ui/notice.tsx';
import { Page, Panel } from '../../ui/page.tsx';
import { Sentence } from '../../ui/sentence.tsx';
import { Status, ToneIcon } from '../../ui/status.tsx';
import { BlockersPanel } from './blockers-panel.tsx';
import { DecisionsPanel } from './decisions-panel.tsx';
import { DeploymentsPanel } from './deployments-panel.tsx';
import { PolicyPanel } from './policy-panel.tsx';
import { placeSentence } from './progress.ts';
import { RolloutActions } from './rollout-actions.tsx';
import { rolloutTitle } from './rollout-link.tsx';
import { isEndedRollout, rolloutAppearances } from './states.ts';
import { WaveStrip } from './wave-strip.tsx';
import { WaveTable } from './wave-table.tsx';

const route = getRouteApi('/organizations/$organizationId/rollouts/$rolloutId');

function Took({ rollout: { startedAt, finishedAt } }: { rollout: RolloutDetail }) {
  const now = useNow(finishedAt === null ? 1_000 : null);
  if (startedAt === null) return <span>Not started</span>;
  const tookMs = (finishedAt === null ? now : Date.parse(finishedAt)) - Date.parse(startedAt);
  return (
    <span>
      {finishedAt === null ? `Running for ${formatDuration(Math.floor(tookMs / 1000) * 1000)}` : `Took ${formatDuration(tookMs)}`}
    </span>
  );
}

function Facts({ rollout }: { rollout: RolloutDetail }) {
  const { organizationId } = route.useParams();
  return (
    <>
      <span>{rollout.applicationName}</span>
      <span>
        Created <Moment at={rollout.createdAt} /> by {rollout.createdBy}
      </span>
      <Took rollout={rollout} />
      {rollout.rollbackOf === null ? null : (
        <Link to="/organizations/$organizationId/rollouts/$rolloutId" params={{ organizationId, rolloutId: rollout.rollbackOf }}>
          The rollout it rolls back
        </Link>
      )}
    </>
  );
}

/** Why it ended as it did, unless it simply succeeded. */
function Outcome({ rollout: { state, reason } }: { rollout: RolloutDetail }) {
  const { tone, label } = rolloutAppearances[state];
  if (!isEndedRollout(state) || state === 'succeeded' || reason === null) return null;
  return (
    <div className="sl-notice" data-tone={tone}>
      <ToneIcon tone={tone} size={16} />
      <div>
        <p className="sl-notice-title">{label}</p>
        <p>
          <Sentence text={reason} />
        </p>
      </div>
    </div>
  );
}

/** One rollout, live: where it is, why, and what can be done about it. */
export function RolloutPage() {
  const { organizationId, rolloutId } = route.useParams();
  const filters = route.useSearch();
  const navigate = route.useNavigate();
  const { data: rollout, error, refetch } = useQuery(rolloutQuery(organizationId, rolloutId));
  if (rollout === undefined) {
    return (
      <Page title="Rollout">
        {error === null ? <Skeleton height={260} radius="md" /> : <ErrorNotice error={error} onRetry={() => void refetch()} />}
      </Page>
    );
  }
  return (
    <Page
      title={rolloutTitle(rollout)}
      beside={<Status {...rolloutAppearances[rollout.state]} filled />}
      sub={<Facts rollout={rollout} />}
      actions={<RolloutActions rollout={rollout} />}
    >
      <VisuallyHidden role="status">{placeSentence(rollout)}</VisuallyHidden>
      {error === null ? null : <ErrorNotice error={error} onRetry={() => void refetch()} />}
      <Outcome rollout={rollout} />
      <Panel
        title="Waves"
        flush
        aside={isEndedRollout(rollout.state) ? null : <span className="sl-small sl-dim">{placeSentence(rollout)}</span>}
      >
        <WaveStrip rollout={rollout} />
      </Panel>
      <BlockersPanel rollout={rollout} />
      <div className="sl-columns" data-shape="wide-narrow">
        <div className="sl-stack">
          <WaveTable rollout={rollout} />
          <DeploymentsPanel
            rollout={rollout}
            filters={filters}
            onChange={(wanted) => void navigate({ search: wanted, replace: true, resetScroll: false })}
          />
        </div>
        <div className="sl-stack">
          <PolicyPanel rollout={rollout} />
          <DecisionsPanel decisions={rollout.decisions} />
        </div>
      </div>
    </Page>
  );
}
