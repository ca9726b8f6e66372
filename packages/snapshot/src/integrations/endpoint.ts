/** What is at the other end. `device`: a bus or pin of the host. `other`: guessed from the names of properties. */
export const endpointKinds = [
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
export type EndpointKind = (typeof endpointKinds)[number];

/** The way of the data, seen from the flows: `inbound` comes in, `outbound` goes out. Who opens the connection says `listens`. */
export type Direction = 'inbound' | 'outbound' | 'both';

export type Answer = 'yes' | 'no' | 'unknown';

/** How a connection is protected, as far as flows tell: credentials are not part of them. */
export type Security = { tls: Answer; authentication: Answer; certificateCheck: Answer };

/**
 * - `active`: in use.
 * - `dynamic`: in use, but the address, or a part of it, comes from messages.
 * - `guess`: in use by a type of node that the catalogue does not know, or named in code.
 * - `disabled`: only disabled nodes, tabs or instances use it.
 * - `unused`: no node refers to it, or its subflow has no instance.
 */
export type EndpointState = 'active' | 'guess' | 'dynamic' | 'disabled' | 'unused';

/** A node behind an endpoint. A node in a subflow stands here once for each instance; `path` names the instances from the outside in. */
export type EndpointNode = {
  id: string;
  type: string;
  /** The node's own name; null without one. */
  name: string | null;
  /** The tab or subflow it stands in; null outside of both. */
  tabId: string | null;
  tabLabel: string | null;
  path: string[];
  direction: Direction;
  /** Topic, register, table, path …; null when there is none to tell. */
  detail: string | null;
  state: EndpointState;
};

/** One thing outside that flows talk to. */
export type Endpoint = {
  kind: EndpointKind;
  /** Its address with variables resolved, without secrets; also its identity within the kind. */
  address: string;
  /** As written in the flows, such as `mqtt://${BROKER}:1883`. */
  symbol: string;
  /** `host:port`, or the host alone; null where there is none. */
  authority: string | null;
  /** The variables it depends on. */
  variables: string[];
  direction: Direction;
  /** True when the flows wait for others to connect: routes, servers, listeners. */
  listens: boolean;
  /** Null where the question does not arise, as for files. */
  security: Security | null;
  state: EndpointState;
  nodes: EndpointNode[];
};

export type IntegrationMap = {
  endpoints: Endpoint[];
  /** True when subflows nest so often that not every instance was looked at. */
  truncated: boolean;
};
