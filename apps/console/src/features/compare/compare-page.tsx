import { Skeleton } from '@mantine/core';
import type { DiffSide, SnapshotDiffReport } from '@sluice/contracts';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useEffect, useMemo } from 'react';
import { snapshotQuery } from '../../api/application-queries.ts';
import { deviceDiffQuery, snapshotDiffQuery } from '../../api/comparison-queries.ts';
import { formatCountOf } from '../../format/count.ts';
import { Moment } from '../../ui/moment.tsx';
import { EmptyNotice, ErrorNotice } from '../../ui/notice.tsx';
import { Page, Panel } from '../../ui/page.tsx';
import { SnapshotLink } from '../snapshots/snapshot-link.tsx';
import type { Comparison } from './comparison-address.ts';
import { DeviceSidePanel } from './device-side-panel.tsx';
import { nodeNames } from './node-names.ts';
import { OutsidePanel } from './outside-panel.tsx';
import { SectionPanel } from './section-panel.tsx';
import { SidesPanel } from './sides-panel.tsx';
import { ClassTiles, RestartPanel, RisksPanel } from './summary-panels.tsx';
import { SurroundingsPanel } from './surroundings-panel.tsx';

const route = getRouteApi('/organizations/$organizationId/compare');
/** So many changed nodes are shown unfolded: more would bury what matters. */
const unfoldedMax = 25;

function Side({ name, side }: { name: string; side: DiffSide | null }) {
  if (side === null) return <span>{name}: nothing</span>;
  return (
    <span>
      {name} <SnapshotLink snapshot={{ id: side.snapshotId, number: side.number }} /> by {side.createdBy}, <Moment at={side.createdAt} />
    </span>
  );
}

function inWords({ counts: { nodes }, order }: SnapshotDiffReport['diff']): string {
  const parts = [
    ...(nodes.added > 0 ? [`${formatCountOf(nodes.added, 'node')} added`] : []),
    ...(nodes.removed > 0 ? [`${formatCountOf(nodes.removed, 'node')} removed`] : []),
    ...(nodes.changed > 0 ? [`${formatCountOf(nodes.changed, 'node')} changed`] : []),
    ...(nodes.cosmetic > 0
      ? [nodes.cosmetic === 1 ? '1 node only looks different' : `${formatCountOf(nodes.cosmetic, 'node')} only look different`]
      : []),
    ...(order === null ? [] : ['nodes stand in another order in the file']),
  ];
  return parts.length === 0 ? 'The flows are the same' : parts.join(', ');
}

/** The flows of both sides, to draw them and for the names of their nodes: also some that did not change restart, or are wired to. */
function useFlows({ from, to }: SnapshotDiffReport) {
  const { organizationId } = route.useParams();
  const before = useQuery({ ...snapshotQuery(organizationId, from?.snapshotId ?? ''), enabled: from !== null });
  const after = useQuery(snapshotQuery(organizationId, to.snapshotId));
  return useMemo(() => {
    const sides = { before: before.data?.flows ?? [], after: after.data?.flows ?? [] };
    return { sides, names: nodeNames(sides.before, sides.after) };
  }, [before.data, after.data]);
}

function Report({ report }: { report: SnapshotDiffReport }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { sides, names } = useFlows(report);
  const { diff } = report;
  // When everything restarts, to say so of each node would say nothing.
  const restarting = useMemo(() => new Set(diff.restart.scope === 'nodes' ? diff.restart.restarted : []), [diff.restart]);
  const { added, removed, changed } = diff.counts.nodes;
  const show = (wanted: Comparison): void => void navigate({ search: wanted, replace: true, resetScroll: false });
  const { only, ...rest } = search;
  return (
    <>
      {search.device === undefined || search.release === undefined ? (
        <SidesPanel from={report.from} to={report.to} comparison={search} onChange={show} />
      ) : (
        <DeviceSidePanel
          report={report}
          device={search.device}
          release={search.release}
          onChoose={(release) => show({ ...search, release })}
        />
      )}
      {diff.class === null ? (
        <Panel title="Changes">
          <EmptyNotice title="Nothing changed">Both sides have the same content.</EmptyNotice>
        </Panel>
      ) : (
        <>
          <Panel title="Changes by class" flush aside={<span className="sl-small sl-dim">{inWords(diff)}</span>}>
            <ClassTiles diff={diff} only={only} onChoose={(chosen) => show(chosen === undefined ? rest : { ...rest, only: chosen })} />
          </Panel>
          <RisksPanel report={report} names={names} />
          <RestartPanel diff={diff} names={names} />
          <OutsidePanel diff={diff} />
          <SurroundingsPanel diff={diff} names={names} />
          {diff.sections.map((section) => (
            <SectionPanel
              key={`${section.kind} ${section.id} ${only}`}
              section={section}
              names={names}
              sides={sides}
              restarting={restarting}
              only={only}
              initiallyOpen={added + removed + changed <= unfoldedMax}
            />
          ))}
        </>
      )}
    </>
  );
}

function titleOf({ from, to, target }: SnapshotDiffReport, device: string | undefined): string {
  // A device runs releases, which have names of their own.
  const nameOf = ({ number, release }: DiffSide): string => (device === undefined ? `v${number}` : (release?.name ?? `v${number}`));
  const where = device === undefined || target === null ? '' : ` on ${target.name}`;
  return `${to.applicationName}: ${from === null ? 'nothing' : nameOf(from)} → ${nameOf(to)}${where}`;
}

function Compared({ report }: { report: SnapshotDiffReport }) {
  const { device } = route.useSearch();
  return (
    <Page
      title={titleOf(report, device)}
      sub={
        <>
          <Side name="From" side={report.from} />
          <Side name="to" side={report.to} />
          {report.target === null ? null : <span>with the variables of {report.target.name}</span>}
        </>
      }
    >
      <Report report={report} />
    </Page>
  );
}

function queryOf(organizationId: string, { before, after, stage, device, release }: Comparison) {
  if (device !== undefined && release !== undefined) return deviceDiffQuery(organizationId, device, release);
  const optional = { ...(before === undefined ? {} : { before }), ...(stage === undefined ? {} : { stage }) };
  return snapshotDiffQuery(organizationId, { after: after ?? '', ...optional });
}

/** What a change is: counts, risks, what restarts, what changes outside, then every node. */
export function ComparePage() {
  const { organizationId } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const isDevice = search.device !== undefined && search.release !== undefined;
  const isAsked = isDevice || search.after !== undefined;
  const { data, error, refetch } = useQuery({ ...queryOf(organizationId, search), enabled: isAsked });
  const client = useQueryClient();
  const found = isDevice || search.before !== undefined ? undefined : data?.from?.snapshotId;
  // The address names both sides, also where the control plane chose the one before, so that it can be given to others.
  useEffect(() => {
    if (found === undefined) return;
    const full = { ...search, before: found };
    client.setQueryData(queryOf(organizationId, full).queryKey, data);
    void navigate({ search: full, replace: true, resetScroll: false });
  }, [found, search, data, client, organizationId, navigate]);
  if (data !== undefined) return <Compared report={data} />;
  return (
    <Page title="Compare">
      {isAsked ? null : <EmptyNotice title="Nothing to compare">Open a snapshot and choose “Compare with…”.</EmptyNotice>}
      {isAsked && error === null ? <Skeleton height={360} radius="md" /> : null}
      {error === null ? null : <ErrorNotice error={error} onRetry={() => void refetch()} />}
    </Page>
  );
}
