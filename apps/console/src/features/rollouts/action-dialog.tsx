import { Modal } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import type { Rollout, RolloutActionRequest, RolloutDetail } from '@sluice/contracts';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { change } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import { organizationPath } from '../../api/queries.ts';
import { DialogFooter } from '../../ui/dialog-footer.tsx';
import { LedgerText } from '../../ui/ledger-text.tsx';
import { useMembership } from '../session/membership.ts';
import { effectOf, type OfferedAction } from './action-rules.ts';
import { rolloutTitle } from './rollout-link.tsx';

export const actionWords: Readonly<Record<OfferedAction, { label: string; done: string; danger: boolean }>> = {
  pause: { label: 'Pause', done: 'is paused', danger: false },
  resume: { label: 'Resume', done: 'goes on', danger: false },
  abort: { label: 'Abort', done: 'is being aborted', danger: true },
  roll_back: { label: 'Roll back', done: 'is being rolled back', danger: true },
  reject: { label: 'Reject', done: 'is rejected', danger: true },
};

/** Shows what an action will do before it is done, and takes the reason that the ledger keeps. */
export function ActionDialog({ rollout, action, onClose }: { rollout: RolloutDetail; action: OfferedAction; onClose: () => void }) {
  const { organizationId } = useMembership();
  const client = useQueryClient();
  const [reason, setReason] = useState('');
  const { label, done, danger } = actionWords[action];
  const act = useMutation({
    mutationFn: () => {
      const body: RolloutActionRequest = reason.trim() === '' ? { action } : { action, reason: reason.trim() };
      return change<Rollout>('POST', `${organizationPath(organizationId)}/rollouts/${rollout.id}/actions`, { body });
    },
    onSuccess: () => {
      notifications.show({ message: `${rolloutTitle(rollout)} ${done}.` });
      onClose();
    },
    onSettled: () => client.invalidateQueries({ queryKey: keys.rollout(organizationId, rollout.id) }),
  });
  return (
    <Modal opened onClose={onClose} title={`${label} ${rolloutTitle(rollout)}?`}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          act.mutate();
        }}
      >
        <ul style={{ display: 'grid', gap: 6, margin: '0 0 18px', paddingLeft: 18 }}>
          {effectOf(action, rollout).map((sentence) => (
            <li key={sentence}>{sentence}</li>
          ))}
        </ul>
        <LedgerText maxRows={6} value={reason} onText={setReason} />
        <DialogFooter error={act.error} label={label} loading={act.isPending} danger={danger} onClose={onClose} />
      </form>
    </Modal>
  );
}
