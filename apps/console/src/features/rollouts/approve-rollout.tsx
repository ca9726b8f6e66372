import { Modal } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import type { ApproveRolloutRequest, RolloutDetail } from '@sluice/contracts';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { change } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import { organizationPath } from '../../api/queries.ts';
import { DialogFooter } from '../../ui/dialog-footer.tsx';
import { GuardedButton } from '../../ui/guarded-button.tsx';
import { LedgerText } from '../../ui/ledger-text.tsx';
import { useMembership, whyNotOperator } from '../session/membership.ts';
import { rolloutTitle } from './rollout-link.tsx';

type Wanted = { waveIndex: number | null };

/** What waits for somebody to say yes; null: nothing. */
function wantedOf({ blockers }: RolloutDetail): Wanted | null {
  const blocker = blockers.find(({ code }) => code === 'pending_approval' || code === 'waiting_for_wave_approval');
  return blocker === undefined ? null : { waveIndex: blocker.waveIndex };
}

function ApproveDialog({ rollout, waveIndex, onClose }: { rollout: RolloutDetail; onClose: () => void } & Wanted) {
  const { organizationId } = useMembership();
  const client = useQueryClient();
  const [comment, setComment] = useState('');
  const what = waveIndex === null ? 'the start' : `wave ${waveIndex + 1}`;
  const approve = useMutation({
    mutationFn: () => {
      const body: ApproveRolloutRequest = {
        ...(waveIndex === null ? {} : { waveIndex }),
        ...(comment.trim() === '' ? {} : { comment: comment.trim() }),
      };
      return change<RolloutDetail>('POST', `${organizationPath(organizationId)}/rollouts/${rollout.id}/approvals`, { body });
    },
    onSuccess: () => {
      notifications.show({ message: `You approved ${what} of ${rolloutTitle(rollout)}.` });
      onClose();
    },
    onSettled: () => client.invalidateQueries({ queryKey: keys.rollout(organizationId, rollout.id) }),
  });
  return (
    <Modal opened onClose={onClose} title={`Approve ${what} of ${rolloutTitle(rollout)}?`}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          approve.mutate();
        }}
      >
        <LedgerText
          label="Comment"
          description="Shown with the rollout and kept in the ledger with your name"
          value={comment}
          onText={setComment}
        />
        <DialogFooter error={approve.error} label="Approve" loading={approve.isPending} onClose={onClose} />
      </form>
    </Modal>
  );
}

/** Says yes to what waits for it; nothing when nothing does. The control plane says who may not. */
export function ApproveRollout({ rollout }: { rollout: RolloutDetail }) {
  const { role } = useMembership();
  const [wanted, setWanted] = useState<Wanted | null>(null);
  const open = wantedOf(rollout);
  if (open === null && wanted === null) return null;
  return (
    <>
      {open === null ? null : (
        <GuardedButton size="sm" why={whyNotOperator(role, 'Approving')} onPress={() => setWanted(open)}>
          {open.waveIndex === null ? 'Approve' : `Approve wave ${open.waveIndex + 1}`}
        </GuardedButton>
      )}
      {wanted === null ? null : <ApproveDialog rollout={rollout} {...wanted} onClose={() => setWanted(null)} />}
    </>
  );
}
