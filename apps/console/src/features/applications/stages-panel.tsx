import '../../ui/table.css';
import type { Pipeline, Stage } from '@sluice/contracts';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Fragment } from 'react';
import { pipelinesQuery } from '../../api/application-queries.ts';
import { fewRolloutsQuery, groupsQuery } from '../../api/queries.ts';
import { formatCountOf } from '../../format/count.ts';
import { OptionalMoment } from '../../ui/moment.tsx';
import { EmptyNotice, ErrorNotice } from '../../ui/notice.tsx';
import { Panel } from '../../ui/page.tsx';
import { StackedBar } from '../../ui/stacked-bar.tsx';
import { Status } from '../../ui/status.tsx';
import { ReleaseLink } from '../releases/release-link.tsx';
import { rolloutAppearances, segmentsOf } from '../rollouts/states.ts';
import { useMembership } from '../session/membership.ts';
import { gateWords } from './gate-words.ts';

/** The groups that a stage deploys to; each leads to its devices. */
function Groups({ groupIds }: { groupIds: readonly string[] }) {
  const { organizationId } = useMembership();
  const groups = useQuery(groupsQuery(organizationId));
  if (groupIds.length === 0) return <span className="sl-dim">No group</span>;
  return groupIds.map((id, index) => {
    const group = groups.data?.items.find((each) => each.id === id);
    return (
      <Fragment key={id}>
        {index === 0 ? '' : ', '}
        <Link to="/organizations/$organizationId/devices" params={{ organizationId }} search={{ groupId: id }}>
          {group?.name ?? 'Devices'}
        </Link>
        {group === undefined ? '' : <span className="sl-dim"> ({formatCountOf(group.deviceCount, 'device')})</span>}
      </Fragment>
    );
  });
}

/** What a release must pass to come here. */
function Gates({ gates }: Pick<Stage, 'gates'>) {
  const words = gateWords(gates);
  if (words.length === 0) return <span className="sl-dim">None</span>;
  return words.map((gate) => (
    <div key={gate} className="sl-small">
      {gate}
    </div>
  ));
}

/** The stages that a stage comes after. */
function After({ stage, stages }: { stage: Stage; stages: readonly Stage[] }) {
  const names = stages.filter(({ id }) => stage.upstreamStageIds.includes(id)).map(({ name }) => name);
  return names.length === 0 ? null : <div className="sl-small sl-dim">After {names.join(' and ')}</div>;
}

/** What a stage got last: its newest rollout. */
function Row({ stage, pipeline, isNamed }: { stage: Stage; pipeline: Pipeline; isNamed: boolean }) {
  const { organizationId } = useMembership();
  const { data } = useQuery(fewRolloutsQuery(organizationId, { stageId: stage.id }, 1));
  const rollout = data?.items[0];
  const nothing = data === undefined ? '' : <span className="sl-dim">–</span>;
  return (
    <tr>
      <th scope="row">
        {stage.name}
        {isNamed ? <div className="sl-small sl-dim">{pipeline.name}</div> : null}
        <After stage={stage} stages={pipeline.stages} />
      </th>
      <td>
        {rollout === undefined ? nothing : <ReleaseLink release={rollout.release} />}
        <div className="sl-small sl-dim">
          {rollout === undefined ? null : <OptionalMoment at={rollout.startedAt} age none="Not started" />}
        </div>
      </td>
      <td>
        {rollout === undefined ? (
          nothing
        ) : (
          <Link
            to="/organizations/$organizationId/rollouts/$rolloutId"
            params={{ organizationId, rolloutId: rollout.id }}
            aria-label={`Rollout of ${rollout.release.name} to ${stage.name}: ${rolloutAppearances[rollout.state].label}`}
          >
            <Status {...rolloutAppearances[rollout.state]} />
          </Link>
        )}
      </td>
      <td style={{ minWidth: 120 }}>
        {rollout === undefined ? (
          nothing
        ) : (
          <>
            <StackedBar segments={segmentsOf(rollout.counts)} label={`Deployments to ${stage.name}`} />
            <div className="sl-small sl-dim">
              {rollout.counts.succeeded ?? 0} / {rollout.size}
            </div>
          </>
        )}
      </td>
      <td>
        <Gates gates={stage.gates} />
      </td>
      <td>
        <Groups groupIds={stage.groupIds} />
      </td>
    </tr>
  );
}

/** The stages of the application's pipelines, and which release went there last. */
export function StagesPanel({ applicationId }: { applicationId: string }) {
  const { organizationId } = useMembership();
  const { data, error, refetch } = useQuery(pipelinesQuery(organizationId, applicationId));
  const pipelines = data?.items ?? [];
  if (data !== undefined && pipelines.length === 0) {
    return (
      <Panel title="Stages" flush>
        <EmptyNotice title="No pipeline yet">
          Make one with <code>sluice pipeline create</code> or through the API: its stages say which groups a release goes to, and how.
        </EmptyNotice>
      </Panel>
    );
  }
  return (
    <Panel title="Stages" flush>
      {error === null ? null : <ErrorNotice error={error} onRetry={() => void refetch()} />}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reachable by keyboard (WCAG 2.1.1) */}
      <section className="sl-table-scroll" tabIndex={0} aria-label="Stages and what runs there">
        <table className="sl-table sl-table-wide">
          <thead>
            <tr>
              <th scope="col">Stage</th>
              <th scope="col">Newest release there</th>
              <th scope="col">Rollout</th>
              <th scope="col">Deployments</th>
              <th scope="col">Gates</th>
              <th scope="col">Groups</th>
            </tr>
          </thead>
          <tbody>
            {pipelines.flatMap((pipeline) =>
              pipeline.stages.map((stage) => <Row key={stage.id} stage={stage} pipeline={pipeline} isNamed={pipelines.length > 1} />),
            )}
          </tbody>
        </table>
      </section>
    </Panel>
  );
}
