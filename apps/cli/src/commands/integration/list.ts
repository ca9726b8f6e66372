import type { Endpoint, FleetEndpoint } from '@sluice/contracts';
import { usageError } from '../../errors.ts';
import { defineVerb } from '../../frame/define.ts';
import { listParameters, printList, readList } from '../../frame/lists.ts';
import { text } from '../../frame/parameters.ts';
import { endpointView, fleetEndpointView } from '../../output/views/integrations.ts';
import { resolveDeviceId } from '../../resolve/fleet.ts';
import { endpointParameters } from './filters.ts';
import { fleetParameters, fleetQuery } from './scope.ts';

export const integrationList = defineVerb({
  summary: 'What devices talk to: brokers, controllers, databases, addresses, files, ports, routes',
  more: `Without --device, --stage, --group or --app: the whole fleet, each device with its own variables.

Examples:
  sluice integration list --device line-3
  sluice integration list --address broker.plant
  sluice integration list --stage line/prod --security insecure`,
  parameters: {
    device: text('--device <device>', 'Only what this device talks to: its name or id'),
    ...fleetParameters,
    ...endpointParameters,
    ...listParameters,
  },
  run: async (invocation, { device, stage, group, app, address, kind, direction, security, idle, ...values }) => {
    const session = await invocation.connect();
    const filters = { address, kind, direction, security, ...(idle ? { idle: 'true' } : {}) };
    if (device !== undefined) {
      if (stage !== undefined || group !== undefined || app !== undefined)
        throw usageError('Ask for a device, or for a stage, group or application.');
      const path = `/devices/${await resolveDeviceId(session, device)}/integrations`;
      printList(
        invocation,
        await readList<Endpoint>(invocation, session, { path, query: filters, values, sorted: 'by name' }),
        endpointView,
      );
      return undefined;
    }
    const query = { ...filters, ...(await fleetQuery(session, { stage, group, app })) };
    const items = await readList<FleetEndpoint>(invocation, session, { path: '/integrations', query, values, sorted: 'by name' });
    printList(invocation, items, fleetEndpointView);
    return undefined;
  },
});
