import { Button, Tooltip } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import type { DeviceDetail } from '@sluice/contracts';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { change } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import { organizationPath } from '../../api/queries.ts';
import { useMembership } from '../session/membership.ts';

/** Admits a device that waits for approval. Who may not sees why. */
export function ApproveButton({ device }: { device: { id: string; name: string } }) {
  const { organizationId, role } = useMembership();
  const client = useQueryClient();
  const approve = useMutation({
    mutationFn: () => change<DeviceDetail>('POST', `${organizationPath(organizationId)}/devices/${device.id}/approve`),
    onSuccess: () => notifications.show({ message: `${device.name} is admitted.`, color: 'green' }),
    onError: (error) => notifications.show({ title: `${device.name} was not admitted`, message: error.message, color: 'red' }),
    onSettled: () =>
      Promise.all(
        [keys.device(organizationId, device.id), keys.deviceLists(organizationId), keys.fleetSummary(organizationId)].map((queryKey) =>
          client.invalidateQueries({ queryKey }),
        ),
      ),
  });
  const isViewer = role === 'viewer';
  return (
    <Tooltip label="Admitting devices needs the role operator; yours is viewer." disabled={!isViewer}>
      <Button
        size="compact-sm"
        variant="outline"
        aria-label={`Approve ${device.name}`}
        aria-disabled={isViewer}
        data-disabled={isViewer}
        loading={approve.isPending}
        onClick={() => isViewer || approve.mutate()}
      >
        Approve
      </Button>
    </Tooltip>
  );
}
