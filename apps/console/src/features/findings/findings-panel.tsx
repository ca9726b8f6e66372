import type { PolicyFinding, PolicyReport } from '@sluice/contracts';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { releaseFindingsQuery, snapshotFindingsQuery } from '../../api/finding-queries.ts';
import { formatCountOf } from '../../format/count.ts';
import { GuardedButton } from '../../ui/guarded-button.tsx';
import { Moment } from '../../ui/moment.tsx';
import { EmptyNotice, ErrorNotice } from '../../ui/notice.tsx';
import { Panel } from '../../ui/page.tsx';
import { ListSkeleton } from '../../ui/paged-list.tsx';
import { Status } from '../../ui/status.tsx';
import { useMembership, whyNotOperator } from '../session/membership.ts';
import { FindingsList } from './findings-list.tsx';
import { type FoundIn, WaiveDialog } from './waive-dialog.tsx';

function Verdict({ report: { isBlocked, counts } }: { report: PolicyReport }) {
  if (isBlocked) return <Status tone="bad" label={`${formatCountOf(counts.block, 'finding')} in the way of publishing`} />;
  if (counts.warn > 0) return <Status tone="warn" label={formatCountOf(counts.warn, 'warning')} />;
  return <Status tone="good" label="Nothing in the way" />;
}

/** What could not be judged, and what was left out. */
function Notices({ report: { notices, omitted } }: { report: PolicyReport }) {
  if (notices.length === 0 && omitted === 0) return null;
  return (
    <ul className="sl-small sl-dim" style={{ borderTop: '1px solid var(--sl-line)', margin: 0, padding: '10px 18px 12px 34px' }}>
      {notices.map(({ code, message }) => (
        <li key={`${code} ${message}`}>{message}</li>
      ))}
      {omitted === 0 ? null : <li>{formatCountOf(omitted, 'more finding')} not listed.</li>}
    </ul>
  );
}

function Report({ report, found }: { report: PolicyReport; found: FoundIn | null }) {
  const { role } = useMembership();
  const [chosen, setChosen] = useState<PolicyFinding | null>(null);
  const actionOf = (finding: PolicyFinding) => (
    <GuardedButton
      size="compact-sm"
      variant="default"
      why={whyNotOperator(role, 'Waiving')}
      label={`Waive ${finding.nodeName ?? finding.module ?? finding.subject}`}
      onPress={() => setChosen(finding)}
    >
      Waive…
    </GuardedButton>
  );
  return (
    <>
      {report.findings.length === 0 ? <EmptyNotice title="The policies found nothing" /> : null}
      <FindingsList findings={report.findings} {...(found === null ? {} : { actionOf })} />
      <Notices report={report} />
      {chosen === null || found === null ? null : <WaiveDialog finding={chosen} found={found} onClose={() => setChosen(null)} />}
    </>
  );
}

/** What policies find in a snapshot now, and what can be done about it. */
export function SnapshotFindingsPanel({ found }: { found: FoundIn }) {
  const { organizationId } = useMembership();
  const { data, error, refetch } = useQuery(snapshotFindingsQuery(organizationId, found.snapshotId, undefined));
  return (
    <Panel title="Policies" flush aside={data === undefined ? null : <Verdict report={data} />}>
      {error === null ? null : <ErrorNotice error={error} onRetry={() => void refetch()} />}
      {data === undefined ? error === null && <ListSkeleton rows={2} /> : <Report report={data} found={found} />}
    </Panel>
  );
}

/** What policies found when a release was published; it is kept with the release and does not change any more. */
export function ReleaseFindingsPanel({ releaseId }: { releaseId: string }) {
  const { organizationId } = useMembership();
  const { data, error, refetch } = useQuery(releaseFindingsQuery(organizationId, releaseId));
  const report = data?.report ?? null;
  return (
    <Panel
      title="Policies when it was published"
      flush
      aside={
        report === null ? null : (
          <span className="sl-small sl-dim">
            <Moment at={report.checkedAt} />, {formatCountOf(report.counts.warn, 'warning')}, {report.counts.waived} waived
          </span>
        )
      }
    >
      {error === null ? null : <ErrorNotice error={error} onRetry={() => void refetch()} />}
      {data === undefined && error === null ? <ListSkeleton rows={2} /> : null}
      {data?.report === null ? <EmptyNotice title="It was published before there were checks" /> : null}
      {report === null ? null : <Report report={report} found={null} />}
    </Panel>
  );
}
