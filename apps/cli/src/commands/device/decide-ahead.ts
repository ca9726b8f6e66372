import type { DecideAheadRequest, DeviceDetail } from '@sluice/contracts';
import { defineVerb } from '../../frame/define.ts';
import { argument, text } from '../../frame/parameters.ts';
import { deviceDetailView } from '../../output/views/fleet.ts';
import { resolveDeviceId } from '../../resolve/fleet.ts';

/** What a person decides about a device that knows more than a control plane restored from a backup. */
function decideVerb(decision: 'adopt' | 'reassert', summary: string) {
  return defineVerb({
    summary,
    parameters: {
      device: argument('device', 'Its name or id'),
      reason: text('--reason <text>', 'Why, for the ledger'),
    },
    run: async ({ connect, print, ports }, { device: reference, reason }) => {
      const session = await connect();
      const body: DecideAheadRequest = reason === undefined ? {} : { reason };
      const device = await session.post<DeviceDetail>(`/devices/${await resolveDeviceId(session, reference)}/${decision}`, body);
      print.one(device, deviceDetailView(ports.timeZone));
      return undefined;
    },
  });
}

export const deviceAdopt = decideVerb('adopt', 'Take what a device runs as what it shall run, after the control plane was restored');
export const deviceReassert = decideVerb('reassert', 'Tell a device again what it shall run, after the control plane was restored');
