import type { Endpoint, FleetEndpoint, TalkingDevice, VariableProposal } from '@sluice/contracts';
import type { Tone } from '../paint.ts';
import type { View } from '../printer.ts';
import type { Column } from '../table.ts';

type Common = Pick<Endpoint, 'kind' | 'address' | 'direction' | 'listens' | 'security' | 'state'>;

const shown = 3;
const some = (names: readonly string[], all = names.length): string =>
  [...names.slice(0, shown), ...(all > shown ? [`${all - shown} more`] : [])].join(', ');
const ways = { inbound: 'in', outbound: 'out', both: 'in, out' } as const;

/** What is known of the protection, the bad first. */
function security({ security: known }: Common): string {
  if (known === null) return '';
  const words = [
    known.tls === 'yes' ? 'TLS' : known.tls === 'no' ? 'no TLS' : '',
    known.certificateCheck === 'no' ? 'certificate unchecked' : '',
    known.authentication === 'yes' ? 'login' : known.authentication === 'no' ? 'no login' : '',
  ].filter((word) => word !== '');
  return words.length === 0 ? 'unknown' : words.join(', ');
}

const securityTone = ({ security: known }: Common): Tone =>
  known !== null && Object.values(known).includes('no') ? 'warning' : known?.tls === 'yes' ? 'good' : 'plain';

const common: readonly Column<Common>[] = [
  { title: 'Kind', value: ({ kind }) => kind.replaceAll('_', ' ') },
  { title: 'Address', value: ({ address }) => address },
  { title: 'Way', value: ({ direction, listens }) => `${ways[direction]}${listens ? ', listens' : ''}` },
  { title: 'Security', value: security, tone: securityTone },
  { title: 'State', value: ({ state }) => (state === 'active' ? '' : state) },
];

const nodeName = ({ name, type, detail }: Endpoint['nodes'][number]): string => `${name ?? type}${detail === null ? '' : ` (${detail})`}`;

/** How endpoints of one snapshot or device are listed. */
export const endpointView: View<Endpoint> = {
  noun: 'endpoints',
  name: ({ address }) => address,
  columns: [
    ...common,
    { title: 'Nodes', value: ({ nodes }) => some(nodes.map(nodeName)) },
    { title: 'Written as', value: ({ symbol }) => symbol, wide: true },
  ],
};

/** How endpoints of a fleet are listed. */
export const fleetEndpointView: View<FleetEndpoint> = {
  noun: 'endpoints',
  name: ({ address }) => address,
  columns: [
    ...common,
    {
      title: 'Devices',
      value: ({ devices, deviceCount }) =>
        `${deviceCount}: ${some(
          devices.map(({ name }) => name),
          deviceCount,
        )}`,
    },
    { title: 'Releases', value: ({ uses }) => some(uses.map(({ application, release }) => `${application.name}/${release.name}`)) },
    { title: 'Nodes', value: ({ uses }) => some(uses.flatMap(({ nodes }) => nodes.map(nodeName))), wide: true },
  ],
};

/** How devices are listed that talk to something. */
export const talkingDeviceView: View<TalkingDevice> = {
  noun: 'devices that talk to it',
  name: ({ name }) => name,
  columns: [
    { title: 'Device', value: ({ name }) => name },
    { title: 'Release', value: ({ release }) => release.name },
    { title: 'Talks to', value: ({ endpoints }) => some(endpoints.map(({ address }) => address)) },
    { title: 'Id', value: ({ id }) => id, wide: true },
  ],
};

/** How values are listed that could become variables. */
export const proposalView: View<VariableProposal> = {
  noun: 'values that could become variables',
  name: ({ name }) => name,
  columns: [
    { title: 'Variable', value: ({ name }) => name },
    { title: 'Kind', value: ({ kind }) => kind.replaceAll('_', ' '), tone: ({ secret }) => (secret ? 'warning' : 'plain') },
    { title: 'Value', value: ({ value }) => (value === null ? '(secret)' : String(value)) },
    {
      title: 'Where',
      value: ({ places }) => some(places.map(({ nodeName: name, nodeType, pointer }) => `${name ?? nodeType}${pointer}`)),
    },
  ],
};
