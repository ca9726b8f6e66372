import type { DeviceDetail } from '@sluice/contracts';
import { defineVerb } from '../../frame/define.ts';
import { manyArguments } from '../../frame/parameters.ts';
import { deviceView } from '../../output/views/fleet.ts';
import { resolveDeviceId } from '../../resolve/fleet.ts';

export const deviceApprove = defineVerb({
  summary: 'Admit devices that wait for approval',
  parameters: { devices: manyArguments('device', 'Their names or ids') },
  run: async ({ connect, print, ports }, { devices: references }) => {
    const session = await connect();
    // All are looked up before the first is admitted: a typing error admits nobody.
    const ids = await Promise.all(references.map((reference) => resolveDeviceId(session, reference)));
    const devices: DeviceDetail[] = [];
    for (const id of ids) devices.push(await session.post<DeviceDetail>(`/devices/${id}/approve`));
    print.list(devices, deviceView(ports.timeZone));
    return undefined;
  },
});
