import type { CreatedEnrollmentCode, Group } from '@sluice/contracts';
import { waitFor } from '@sluice/platform/testing';
import { type BehaviourOf, type ControlPlaneClient, createVirtualFleet, type VirtualFleet } from '@sluice/testkit';

export type FleetGroup = { groupId: string; fleet: VirtualFleet };

/** Enrolls virtual devices into a group of their own, and lets them live. */
export async function enrollGroup(
  client: ControlPlaneClient,
  origin: string,
  options: { name: string; count: number; labels: Record<string, string>; behaviour: BehaviourOf; automaticApproval: boolean },
): Promise<FleetGroup> {
  const { name, count, labels, behaviour, automaticApproval } = options;
  const group = await client.post<Group>('/groups', { name: `${name} lines` });
  const { code } = await client.post<CreatedEnrollmentCode>('/enrollment-codes', {
    name,
    automaticApproval,
    maximumUses: count,
    groupId: group.id,
    labels,
  });
  const fleet = createVirtualFleet({ origin, enrollmentCode: code, count, namePrefix: name, behaviour, waitSeconds: 5 });
  fleet.start();
  await waitFor(`${count} devices to enroll`, () => fleet.devices.every((device) => device.id() !== undefined), { timeoutMs: 60_000 });
  return { groupId: group.id, fleet };
}
