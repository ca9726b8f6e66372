import { type Static, type TSchema, Type } from 'typebox';
import { Closed, Uuid } from '../schema.ts';
import { OneOf } from '../states.ts';

const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

/** What is at the other end. Same words as `endpointKinds` of the snapshot package. */
export const endpointKindWords = [
  'mqtt',
  'http',
  'websocket',
  'tcp',
  'udp',
  'modbus',
  'opcua',
  's7',
  'ethernet_ip',
  'bacnet',
  'fins',
  'serial',
  'device',
  'database',
  'email',
  'chat',
  'file',
  'exec',
  'platform',
  'home_automation',
  'other',
] as const;
const EndpointKind = OneOf(endpointKindWords);
/** The way of the data, seen from the flows. */
export const endpointDirections = ['inbound', 'outbound', 'both'] as const;
const Direction = OneOf(endpointDirections);
const SecurityAnswer = OneOf(['yes', 'no', 'unknown'] as const);
const EndpointState = OneOf(['active', 'dynamic', 'guess', 'disabled', 'unused'] as const);
const Security = Nullable(Closed({ tls: SecurityAnswer, authentication: SecurityAnswer, certificateCheck: SecurityAnswer }));

/** A node behind an endpoint. A node in a subflow stands here once for each instance; `path` names the instances from the outside in. */
export const EndpointNode = Closed({
  id: Type.String(),
  type: Type.String(),
  name: Nullable(Type.String()),
  tabId: Nullable(Type.String()),
  tabLabel: Nullable(Type.String()),
  path: Type.Array(Type.String()),
  direction: Direction,
  detail: Nullable(Type.String({ description: 'Topic, register, table, path.' })),
  state: EndpointState,
});
export type EndpointNode = Static<typeof EndpointNode>;

const identity = {
  kind: EndpointKind,
  address: Type.String({ description: 'Variables resolved, secrets masked; with the kind its identity.' }),
  authority: Nullable(Type.String({ description: '`host:port` or the host.' })),
  direction: Direction,
  listens: Type.Boolean({ description: 'The flows wait for others to connect.' }),
  security: Security,
  state: EndpointState,
};
const written = {
  symbol: Type.String({ description: 'As written in the flows, with the names of variables.' }),
  variables: Type.Array(Type.String(), { description: 'The variables it depends on.' }),
};

/** One thing outside that flows talk to. */
export const Endpoint = Closed({ ...identity, ...written, nodes: Type.Array(EndpointNode) });
export type Endpoint = Static<typeof Endpoint>;

const reference = { id: Uuid, name: Type.String() };

/** The devices' release from which an endpoint of the fleet is reached, with the nodes of its flows. */
export const EndpointUse = Closed({
  application: Closed(reference),
  release: Closed(reference),
  snapshotId: Uuid,
  deviceCount: Type.Integer(),
  ...written,
  nodes: Type.Array(EndpointNode, { description: 'The first 50.' }),
  nodeCount: Type.Integer(),
});
export type EndpointUse = Static<typeof EndpointUse>;

/** One thing outside that devices talk to. Of several forms of security and state it has the weakest and the liveliest. */
export const FleetEndpoint = Closed({
  ...identity,
  deviceCount: Type.Integer(),
  devices: Type.Array(Closed(reference), {
    description: 'The first 10; all of them: `GET …/integrations/devices?kind=&address=&exact=true`.',
  }),
  uses: Type.Array(EndpointUse),
});
export type FleetEndpoint = Static<typeof FleetEndpoint>;

/** A device that talks to what was asked for. */
export const TalkingDevice = Closed({
  ...reference,
  release: Closed(reference),
  endpoints: Type.Array(Closed({ kind: EndpointKind, address: Type.String(), nodeCount: Type.Integer() })),
});
export type TalkingDevice = Static<typeof TalkingDevice>;

/** What a list can be narrowed to: whatever is not protected, or not in this way. */
export const securityFilters = ['insecure', 'tls_off', 'authentication_off', 'certificate_check_off'] as const;
const filters = {
  cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 4096 })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
  address: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 2000,
      description:
        'Who talks to this: an address, `host:port`, a host, or the path of a file. Disabled and unused endpoints are named, too.',
    }),
  ),
  exact: Type.Optional(Type.Boolean({ description: '`address` is the whole address of an endpoint, letter by letter.' })),
  kind: Type.Optional(EndpointKind),
  direction: Type.Optional(OneOf(endpointDirections)),
  security: Type.Optional(OneOf(securityFilters)),
  idle: Type.Optional(
    Type.Boolean({ description: 'Also what only disabled or unused nodes would talk to. Default: only with `address`.' }),
  ),
};

/** Query of the integration map of a device. */
export const IntegrationQuery = Closed(filters);
export type IntegrationQuery = Static<typeof IntegrationQuery>;
/** Of a snapshot: `stageId` resolves variables with the values of that stage. */
export const SnapshotIntegrationQuery = Closed({ ...filters, stageId: Type.Optional(Uuid) });
export type SnapshotIntegrationQuery = Static<typeof SnapshotIntegrationQuery>;
/** Of the fleet: of all that run something, or of a group, a stage, an application. */
export const FleetIntegrationQuery = Closed({
  ...filters,
  groupId: Type.Optional(Uuid),
  stageId: Type.Optional(Uuid),
  applicationId: Type.Optional(Uuid),
});
export type FleetIntegrationQuery = Static<typeof FleetIntegrationQuery>;

const page = { nextCursor: Nullable(Type.String()) };
const unresolved = {
  unresolvedVariables: Type.Array(Type.String(), {
    description: 'Variables in addresses that have no value here, or a secret one; their names stand there instead.',
  }),
  truncated: Type.Boolean({ description: 'Subflows nest so often that not every instance was looked at.' }),
};

export const SnapshotIntegrations = Closed({ items: Type.Array(Endpoint), ...page, ...unresolved });
export type SnapshotIntegrations = Static<typeof SnapshotIntegrations>;
/** `release` is null when nothing runs there, as far as is known. */
export const DeviceIntegrations = Closed({
  items: Type.Array(Endpoint),
  ...page,
  ...unresolved,
  release: Nullable(Closed({ ...reference, application: Closed(reference), snapshotId: Uuid })),
});
export type DeviceIntegrations = Static<typeof DeviceIntegrations>;
export const FleetIntegrations = Closed({
  items: Type.Array(FleetEndpoint),
  ...page,
  ...unresolved,
  deviceCount: Type.Integer({ description: 'Devices that were looked at: those that run a release.' }),
});
export type FleetIntegrations = Static<typeof FleetIntegrations>;
