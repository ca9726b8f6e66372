import { Group } from '@mantine/core';
import type { Promotion, PromotionDetail } from '@sluice/contracts';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { promotionQuery, waitingPromotionsQuery } from '../../api/promotion-queries.ts';
import { GuardedButton } from '../../ui/guarded-button.tsx';
import { Moment } from '../../ui/moment.tsx';
import { ErrorNotice } from '../../ui/notice.tsx';
import { Panel } from '../../ui/page.tsx';
import { ReleaseLink } from '../releases/release-link.tsx';
import { BlockerList } from '../rollouts/blocker-list.tsx';
import { useMembership, whyNotOperator } from '../session/membership.ts';
import { type PromotionAction, PromotionDialog } from './promotion-dialog.tsx';

function Actions({ promotion }: { promotion: PromotionDetail }) {
  const { role } = useMembership();
  const [action, setAction] = useState<PromotionAction | null>(null);
  const wantsApproval = promotion.blockers.some(({ code }) => code === 'waiting_for_approval');
  return (
    <Group gap="xs" role="group" aria-label={`Actions on the promotion of ${promotion.releaseName} to ${promotion.stageName}`}>
      {wantsApproval ? (
        <>
          <GuardedButton size="sm" why={whyNotOperator(role, 'Approving')} onPress={() => setAction('approve')}>
            Approve
          </GuardedButton>
          <GuardedButton size="sm" variant="default" why={whyNotOperator(role, 'Rejecting')} onPress={() => setAction('reject')}>
            Reject
          </GuardedButton>
        </>
      ) : null}
      <GuardedButton size="sm" variant="default" why={whyNotOperator(role, 'Calling off')} onPress={() => setAction('cancel')}>
        Call off
      </GuardedButton>
      {action === null ? null : <PromotionDialog promotion={promotion} action={action} onClose={() => setAction(null)} />}
    </Group>
  );
}

function Item({ promotion }: { promotion: Promotion }) {
  const { organizationId } = useMembership();
  const { data, error, refetch } = useQuery(promotionQuery(organizationId, promotion.id));
  const approvals = data?.approvals.filter(({ counts }) => counts) ?? [];
  return (
    <li style={{ display: 'grid', gap: 10 }} aria-label={`${promotion.releaseName} to ${promotion.stageName}`}>
      <div>
        <ReleaseLink release={{ id: promotion.releaseId, name: promotion.releaseName }} /> → {promotion.stageName}
        <div className="sl-small sl-dim">
          Asked for by {promotion.createdBy}, <Moment at={promotion.createdAt} />
          {approvals.length === 0 ? '' : `; approved by ${approvals.map(({ person }) => person).join(', ')}`}
        </div>
      </div>
      {error === null ? null : <ErrorNotice error={error} onRetry={() => void refetch()} />}
      {data === undefined ? null : (
        <>
          <BlockerList blockers={data.blockers} />
          <Actions promotion={data} />
        </>
      )}
    </li>
  );
}

/** The releases that are on their way into a stage of an application, with what they wait for; nothing when there are none. */
export function WaitingPromotions({ applicationId }: { applicationId: string }) {
  const { organizationId } = useMembership();
  const { data } = useQuery(waitingPromotionsQuery(organizationId, { applicationId }));
  const waiting = data?.items ?? [];
  if (waiting.length === 0) return null;
  return (
    <Panel title="On their way into a stage">
      <ul style={{ display: 'grid', gap: 22, listStyle: 'none', margin: 0, padding: 0 }}>
        {waiting.map((promotion) => (
          <Item key={promotion.id} promotion={promotion} />
        ))}
      </ul>
    </Panel>
  );
}
