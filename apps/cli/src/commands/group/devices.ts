import type { Device } from '@sluice/contracts';
import { defineVerb } from '../../frame/define.ts';
import { listParameters, printList, readList } from '../../frame/lists.ts';
import { argument } from '../../frame/parameters.ts';
import { deviceView } from '../../output/views/fleet.ts';
import { resolveGroup } from '../../resolve/fleet.ts';

export const groupDevices = defineVerb({
  summary: 'The devices that belong to a device group now, newest first',
  parameters: { group: argument('group', 'Its name or id'), ...listParameters },
  run: async (invocation, { group: reference, ...values }) => {
    const session = await invocation.connect();
    const { id } = await resolveGroup(session, reference);
    const items = await readList<Device>(invocation, session, { path: `/groups/${id}/devices`, values });
    printList(invocation, items, deviceView(invocation.ports.timeZone));
    return undefined;
  },
});
