import { Modal } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import type { CreatePromotionRequest, PromotionDetail, ReleaseEligibility, StageEligibility } from '@sluice/contracts';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { change } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import { promotionsPath } from '../../api/promotion-queries.ts';
import { DialogFooter } from '../../ui/dialog-footer.tsx';
import { LedgerText } from '../../ui/ledger-text.tsx';
import { BlockerList } from '../rollouts/blocker-list.tsx';
import { useMembership } from '../session/membership.ts';

type PromoteDialogProps = { release: ReleaseEligibility; stage: StageEligibility; onClose: () => void };

/** Promotes a release into a stage: now, or as soon as what is shown here does not block it any more. */
export function PromoteDialog({ release, stage, onClose }: PromoteDialogProps) {
  const { organizationId } = useMembership();
  const client = useQueryClient();
  const [reason, setReason] = useState('');
  const title = `${release.releaseName} to ${stage.stageName}`;
  const promote = useMutation({
    mutationFn: () => {
      const body: CreatePromotionRequest = {
        releaseId: release.releaseId,
        stageId: stage.stageId,
        ...(reason.trim() === '' ? {} : { reason: reason.trim() }),
      };
      return change<PromotionDetail>('POST', promotionsPath(organizationId), { body });
    },
    onSuccess: ({ state }) => {
      notifications.show({ message: state === 'waiting' ? `${title} waits.` : `${title} has begun.` });
      onClose();
    },
    onSettled: () => client.invalidateQueries({ queryKey: keys.promotions(organizationId) }),
  });
  return (
    <Modal opened onClose={onClose} title={`Promote ${title}?`}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          promote.mutate();
        }}
      >
        <p style={{ margin: '0 0 12px' }}>
          {stage.isEligible
            ? 'Nothing is in the way: its rollout begins at once.'
            : 'It waits, and begins by itself when nothing of this holds:'}
        </p>
        <BlockerList blockers={stage.blockers} />
        <LedgerText mt="md" value={reason} onText={setReason} />
        <DialogFooter error={promote.error} label="Promote" loading={promote.isPending} onClose={onClose} />
      </form>
    </Modal>
  );
}
