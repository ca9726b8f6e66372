import type { Group } from '@sluice/contracts';
import { defineVerb } from '../../frame/define.ts';
import { argument, repeatedText, text } from '../../frame/parameters.ts';
import { groupView } from '../../output/views/fleet.ts';
import { resolveDeviceId } from '../../resolve/fleet.ts';

export const groupCreate = defineVerb({
  summary: 'Make a device group',
  parameters: {
    name: argument('name', 'What to call it'),
    description: text('--description <text>', 'What it is for'),
    devices: repeatedText('--device <device>', 'A device of the group, by name or id; may be repeated'),
  },
  run: async ({ connect, print, ports }, { name, description, devices }) => {
    const session = await connect();
    const deviceIds = await Promise.all(devices.map((reference) => resolveDeviceId(session, reference)));
    const group = await session.post<Group>('/groups', { name, description, deviceIds: [...new Set(deviceIds)] });
    print.one(group, groupView(ports.timeZone));
    return undefined;
  },
});
