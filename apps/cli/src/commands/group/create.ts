import type { Group } from '@sluice/contracts';
import { defineVerb } from '../../frame/define.ts';
import { argument, repeatedText, text } from '../../frame/parameters.ts';
import { groupView } from '../../output/views/fleet.ts';
import { resolveDeviceId } from '../../resolve/fleet.ts';

export const groupCreate = defineVerb({
  summary: 'Make a device group: of devices that are listed, or of those that fulfil a selector',
  more: `Examples:
  sluice group create canaries --device press-1 --device press-2
  sluice group create 'presses in Ulm' --selector 'site=ulm,kind=press,!retired'`,
  parameters: {
    name: argument('name', 'What to call it'),
    description: text('--description <text>', 'What it is for'),
    devices: repeatedText('--device <device>', 'A device of the group, by name or id; may be repeated'),
    selector: text('--selector <selector>', 'Who belongs to it: site=ulm,tier in (a,b),!retired,@node-red<4.1'),
  },
  run: async ({ connect, print, ports }, { name, description, devices, selector }) => {
    const session = await connect();
    const deviceIds = await Promise.all(devices.map((reference) => resolveDeviceId(session, reference)));
    const group = await session.post<Group>('/groups', {
      name,
      description,
      ...(devices.length === 0 ? {} : { deviceIds: [...new Set(deviceIds)] }),
      selector,
    });
    print.one(group, groupView(ports.timeZone));
    return undefined;
  },
});
