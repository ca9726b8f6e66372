import { Modal } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import type { PromotionDetail } from '@sluice/contracts';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { change } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import { promotionsPath } from '../../api/promotion-queries.ts';
import { DialogFooter } from '../../ui/dialog-footer.tsx';
import { LedgerText } from '../../ui/ledger-text.tsx';
import { useMembership } from '../session/membership.ts';

/** What a person can do with a promotion that waits. */
export type PromotionAction = 'approve' | 'reject' | 'cancel';

type Words = { label: string; done: string; effect: string; note: { label: string; name: 'comment' | 'reason' }; danger: boolean };

const words: Readonly<Record<PromotionAction, Words>> = {
  approve: {
    label: 'Approve',
    done: 'You approved',
    effect: 'You sign for the promotion as it is now. It begins by itself when nothing else blocks it; an edit makes your approval void.',
    note: { label: 'Comment', name: 'comment' },
    danger: false,
  },
  reject: {
    label: 'Reject',
    done: 'You rejected',
    effect: 'The promotion ends. Nothing changes on devices; the release can be promoted again.',
    note: { label: 'Reason', name: 'reason' },
    danger: true,
  },
  cancel: {
    label: 'Call off',
    done: 'You called off',
    effect: 'The promotion ends. Nothing changes on devices; the release can be promoted again.',
    note: { label: 'Reason', name: 'reason' },
    danger: true,
  },
};

type PromotionDialogProps = { promotion: PromotionDetail; action: PromotionAction; onClose: () => void };

/** Says what an answer to a promotion does before it is given, and takes the words that the ledger keeps. */
export function PromotionDialog({ promotion, action, onClose }: PromotionDialogProps) {
  const { organizationId } = useMembership();
  const client = useQueryClient();
  const [text, setText] = useState('');
  const { label, done, effect, note, danger } = words[action];
  const title = `${promotion.applicationName} ${promotion.releaseName} to ${promotion.stageName}`;
  const act = useMutation({
    // The version that is shown: what somebody else has edited meanwhile is not signed.
    mutationFn: () =>
      change<PromotionDetail>('POST', `${promotionsPath(organizationId)}/${promotion.id}/${action}`, {
        body: text.trim() === '' ? {} : { [note.name]: text.trim() },
        version: promotion.version,
      }),
    onSuccess: () => {
      notifications.show({ message: `${done} ${title}.` });
      onClose();
    },
    onSettled: () => client.invalidateQueries({ queryKey: keys.promotions(organizationId) }),
  });
  return (
    <Modal opened onClose={onClose} title={`${label}: ${title}?`}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          act.mutate();
        }}
      >
        <p style={{ margin: '0 0 18px' }}>{effect}</p>
        <LedgerText label={note.label} value={text} onText={setText} />
        <DialogFooter error={act.error} label={label} loading={act.isPending} danger={danger} onClose={onClose} />
      </form>
    </Modal>
  );
}
