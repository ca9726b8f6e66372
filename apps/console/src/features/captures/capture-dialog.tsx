import { Modal, Textarea } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import type { DeviceCapture, RequestCaptureRequest } from '@sluice/contracts';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { capturesPath } from '../../api/capture-queries.ts';
import { change } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import { DialogFooter } from '../../ui/dialog-footer.tsx';
import { useMembership } from '../session/membership.ts';

/** Asks a device for the flows that run there now. */
export function CaptureDialog({ device, onClose }: { device: { id: string; name: string }; onClose: () => void }) {
  const { organizationId } = useMembership();
  const client = useQueryClient();
  const [message, setMessage] = useState('');
  const ask = useMutation({
    mutationFn: () => {
      const body: RequestCaptureRequest = message.trim() === '' ? {} : { message: message.trim() };
      return change<DeviceCapture>('POST', capturesPath(organizationId, device.id), { body });
    },
    onSuccess: () => {
      notifications.show({ message: `${device.name} is asked for its flows.` });
      onClose();
    },
    onSettled: () => client.invalidateQueries({ queryKey: keys.device(organizationId, device.id) }),
  });
  return (
    <Modal opened onClose={onClose} title={`Capture what runs on ${device.name}?`}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          ask.mutate();
        }}
      >
        <ul style={{ display: 'grid', gap: 6, margin: '0 0 18px', paddingLeft: 18 }}>
          <li>The device sends the flows that run there now; nothing restarts.</li>
          <li>When they differ from its release, they become a snapshot.</li>
          <li>Credentials never leave the device.</li>
        </ul>
        <Textarea
          label="Message of the snapshot"
          autosize
          minRows={2}
          maxRows={6}
          maxLength={4000}
          data-autofocus
          value={message}
          onChange={(event) => setMessage(event.currentTarget.value)}
        />
        <DialogFooter error={ask.error} label="Capture" loading={ask.isPending} onClose={onClose} />
      </form>
    </Modal>
  );
}
