import type { DeviceDetail, UpdateDeviceRequest } from '@sluice/contracts';
import { usageError } from '../../errors.ts';
import { defineVerb } from '../../frame/define.ts';
import { argument, repeatedText, text } from '../../frame/parameters.ts';
import { deviceDetailView } from '../../output/views/fleet.ts';
import { resolveDeviceId } from '../../resolve/fleet.ts';
import { readLabels } from '../labels.ts';

export const deviceSet = defineVerb({
  summary: 'Change the name, labels or time zone of a device',
  more: `Examples:
  sluice device set press-7 --time-zone Europe/Vienna     # what maintenance windows go by
  sluice device set press-7 --time-zone device            # what the device itself says
  sluice device set press-7 --label site=ulm --label line=`,
  parameters: {
    device: argument('device', 'Its name or id'),
    name: text('--name <name>', 'Another name'),
    timeZone: text('--time-zone <zone>', 'An IANA name, or device for the zone that it says it is in'),
    labels: repeatedText('--label <label=value>', 'Add or change a label; without a value it is removed'),
  },
  run: async ({ connect, print, ports }, { device: reference, name, timeZone, labels: given }) => {
    if (name === undefined && timeZone === undefined && given.length === 0) {
      throw usageError('Say what to change: --name, --time-zone or --label.');
    }
    const labels = readLabels('--label', given);
    const session = await connect();
    const path = `/devices/${await resolveDeviceId(session, reference)}`;
    const before = await session.get<DeviceDetail>(path);
    const merged = Object.entries({ ...before.labels, ...labels }).filter(([, value]) => value !== '');
    const request: UpdateDeviceRequest = {
      ...(name === undefined ? {} : { name }),
      ...(timeZone === undefined ? {} : { timeZone: timeZone === 'device' ? null : timeZone }),
      ...(given.length === 0 ? {} : { labels: Object.fromEntries(merged) }),
    };
    print.one(await session.patch<DeviceDetail>(path, request, before.version), deviceDetailView(ports.timeZone));
    return undefined;
  },
});
