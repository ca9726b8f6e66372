import type { DeviceDetail } from '@sluice/contracts';
import { defineVerb } from '../../frame/define.ts';
import { argument } from '../../frame/parameters.ts';
import { deviceDetailView } from '../../output/views/fleet.ts';
import { resolveDeviceId } from '../../resolve/fleet.ts';

export const deviceGet = defineVerb({
  summary: 'One device: what it shall run, what it says it runs, and how well',
  parameters: { device: argument('device', 'Its name or id') },
  run: async ({ connect, print, ports }, { device: reference }) => {
    const session = await connect();
    const device = await session.get<DeviceDetail>(`/devices/${await resolveDeviceId(session, reference)}`);
    print.one(device, deviceDetailView(ports.timeZone));
    return undefined;
  },
});
