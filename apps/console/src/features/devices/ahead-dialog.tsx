import { Modal } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import type { DecideAheadRequest, DeviceDetail } from '@sluice/contracts';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { change } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import { organizationPath } from '../../api/queries.ts';
import { DialogFooter } from '../../ui/dialog-footer.tsx';
import { LedgerText } from '../../ui/ledger-text.tsx';
import { useMembership } from '../session/membership.ts';

export type AheadDecision = 'adopt' | 'reassert';

const words: Readonly<Record<AheadDecision, { title: string; effects: readonly string[]; label: string; done: string }>> = {
  adopt: {
    title: 'Adopt what it runs',
    label: 'Adopt',
    done: 'keeps what it runs',
    effects: [
      'What the device runs becomes what it shall run, with the variables that are known here.',
      'The next release gets a number that the device accepts.',
    ],
  },
  reassert: {
    title: 'Reassert what is wanted',
    label: 'Reassert',
    done: 'is told again what it shall run',
    effects: [
      'The device is told again what the control plane knew at the time of the backup, and changes to it.',
      'If it runs a newer release, the older one is signed again under a higher number, so that the device accepts it.',
    ],
  },
};

/** What a person decides about a device that knows more than a control plane restored from a backup. */
export function AheadDialog({ device, decision, onClose }: { device: DeviceDetail; decision: AheadDecision; onClose: () => void }) {
  const { organizationId } = useMembership();
  const client = useQueryClient();
  const [reason, setReason] = useState('');
  const { title, label, effects, done } = words[decision];
  const decide = useMutation({
    mutationFn: () => {
      const body: DecideAheadRequest = reason.trim() === '' ? {} : { reason: reason.trim() };
      return change<DeviceDetail>('POST', `${organizationPath(organizationId)}/devices/${device.id}/${decision}`, { body });
    },
    onSuccess: () => {
      notifications.show({ message: `${device.name} ${done}.` });
      onClose();
    },
    onSettled: () =>
      Promise.all(
        [keys.device(organizationId, device.id), keys.deviceLists(organizationId)].map((queryKey) =>
          client.invalidateQueries({ queryKey }),
        ),
      ),
  });
  return (
    <Modal opened onClose={onClose} title={`${title}: ${device.name}`}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          decide.mutate();
        }}
      >
        <ul style={{ display: 'grid', gap: 6, margin: '0 0 18px', paddingLeft: 18 }}>
          {effects.map((sentence) => (
            <li key={sentence}>{sentence}</li>
          ))}
        </ul>
        <LedgerText value={reason} onText={setReason} />
        <DialogFooter error={decide.error} label={label} loading={decide.isPending} onClose={onClose} />
      </form>
    </Modal>
  );
}
