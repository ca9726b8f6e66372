import '../../ui/table.css';
import { VisuallyHidden } from '@mantine/core';
import type { ReleaseEligibility, StageEligibility } from '@sluice/contracts';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { eligibilityQuery } from '../../api/promotion-queries.ts';
import { GuardedButton } from '../../ui/guarded-button.tsx';
import { EmptyNotice, ErrorNotice } from '../../ui/notice.tsx';
import { Panel } from '../../ui/page.tsx';
import { ListSkeleton } from '../../ui/paged-list.tsx';
import { Sentence } from '../../ui/sentence.tsx';
import { Status } from '../../ui/status.tsx';
import { useMembership, whyNotOperator } from '../session/membership.ts';
import { PromoteDialog } from './promote-dialog.tsx';

/** Why a release cannot be promoted into a stage at all now; null: it can, though it may have to wait. */
function whyNotNow(stage: StageEligibility, role: ReturnType<typeof useMembership>['role']): string | null {
  if (stage.promotionId !== null) return 'It is on its way there already.';
  const there = stage.blockers.find(({ code }) => code === 'already_there');
  return there === undefined ? whyNotOperator(role, 'Promoting') : there.sentence;
}

function Row({ stage, onPromote }: { stage: StageEligibility; onPromote: () => void }) {
  const { role } = useMembership();
  return (
    <tr>
      <th scope="row">{stage.stageName}</th>
      <td>
        {stage.isEligible ? (
          <Status tone="good" label="May go there" />
        ) : (
          <ul style={{ display: 'grid', gap: 4, listStyle: 'none', margin: 0, padding: 0 }}>
            {stage.blockers.map(({ code, sentence }) => (
              <li key={`${code} ${sentence}`} className="sl-small">
                <Sentence text={sentence} />
              </li>
            ))}
          </ul>
        )}
      </td>
      <td style={{ textAlign: 'right' }}>
        <GuardedButton size="sm" variant="default" why={whyNotNow(stage, role)} onPress={onPromote} label={`Promote to ${stage.stageName}`}>
          Promote
        </GuardedButton>
      </td>
    </tr>
  );
}

function Stages({ release }: { release: ReleaseEligibility }) {
  const [chosen, setChosen] = useState<StageEligibility | null>(null);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reachable by keyboard (WCAG 2.1.1)
    <section className="sl-table-scroll" tabIndex={0} aria-label="Stages and whether the release may go there">
      <table className="sl-table">
        <thead>
          <tr>
            <th scope="col">Stage</th>
            <th scope="col">Now</th>
            <th scope="col">
              <VisuallyHidden>Promote</VisuallyHidden>
            </th>
          </tr>
        </thead>
        <tbody>
          {release.stages.map((stage) => (
            <Row key={stage.stageId} stage={stage} onPromote={() => setChosen(stage)} />
          ))}
        </tbody>
      </table>
      {chosen === null ? null : <PromoteDialog release={release} stage={chosen} onClose={() => setChosen(null)} />}
    </section>
  );
}

/** Into which stages a release may go, what keeps it out of the others, and the way there. */
export function EligibilityPanel({ releaseId }: { releaseId: string }) {
  const { organizationId } = useMembership();
  const { data, error, refetch } = useQuery(eligibilityQuery(organizationId, releaseId));
  return (
    <Panel title="Where it may go" flush>
      {error === null ? null : <ErrorNotice error={error} onRetry={() => void refetch()} />}
      {data === undefined ? (
        error === null && <ListSkeleton rows={2} />
      ) : data.stages.length === 0 ? (
        <EmptyNotice title="No stage yet">The application has no pipeline that it could go through.</EmptyNotice>
      ) : (
        <Stages release={data} />
      )}
    </Panel>
  );
}
