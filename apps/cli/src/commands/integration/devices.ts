import type { TalkingDevice } from '@sluice/contracts';
import { defineVerb } from '../../frame/define.ts';
import { listParameters, printList, readList } from '../../frame/lists.ts';
import { argument } from '../../frame/parameters.ts';
import { talkingDeviceView } from '../../output/views/integrations.ts';
import { fleetParameters, fleetQuery } from './scope.ts';

export const integrationDevices = defineVerb({
  summary: 'The devices that talk to something outside, by name',
  more: `Example:
  sluice integration devices broker.plant:8883 --group "line 3"`,
  parameters: {
    address: argument('address', 'An address, host:port, a host, or the path of a file'),
    ...fleetParameters,
    ...listParameters,
  },
  run: async (invocation, { address, stage, group, app, ...values }) => {
    const session = await invocation.connect();
    const query = { address, ...(await fleetQuery(session, { stage, group, app })) };
    const items = await readList<TalkingDevice>(invocation, session, { path: '/integrations/devices', query, values, sorted: 'by name' });
    printList(invocation, items, talkingDeviceView);
    return undefined;
  },
});
