import { connectivities, type Device, deviceApprovals } from '@sluice/contracts';
import { defineVerb } from '../../frame/define.ts';
import { listParameters, printList, readList } from '../../frame/lists.ts';
import { choice, text } from '../../frame/parameters.ts';
import { deviceView } from '../../output/views/fleet.ts';
import { resolveGroup } from '../../resolve/fleet.ts';
import { resolveRelease } from '../../resolve/releases.ts';

export const deviceList = defineVerb({
  summary: 'The devices, newest first',
  parameters: {
    search: text('--search <text>', 'Only those with this part of a name'),
    group: text('--group <group>', 'Only those of this device group'),
    release: text('--release <release>', 'Only those that run this release: line/v3 or its id'),
    health: choice('--health <health>', ['healthy', 'unhealthy', 'unknown'], 'Only those of this health'),
    connectivity: choice('--connectivity <connectivity>', connectivities, 'Only those that are online, offline or never came'),
    approval: choice('--approval <approval>', deviceApprovals, 'Only those of this approval'),
    ...listParameters,
  },
  run: async (invocation, { search, group, release, health, connectivity, approval, ...values }) => {
    const session = await invocation.connect();
    const groupId = group === undefined ? undefined : (await resolveGroup(session, group)).id;
    const releaseId = release === undefined ? undefined : (await resolveRelease(session, release, undefined)).id;
    const query = { search, groupId, releaseId, health, connectivity, approval };
    const items = await readList<Device>(invocation, session, { path: '/devices', query, values });
    printList(invocation, items, deviceView(invocation.ports.timeZone));
    return undefined;
  },
});
