// What the server half and the editor half of the plugin say to each other.

/** Why something did not work. The editor has the words for each. */
export const failureCodes = [
  'NOT_CONNECTED',
  'ADDRESS_INVALID',
  'OFFLINE',
  'TIMEOUT',
  'TLS',
  'REDIRECTED',
  'NOT_SLUICE',
  'TOKEN_MISSING',
  'TOKEN_REFUSED',
  'TOKEN_MAY_ONLY_READ',
  'NOT_FOUND',
  'REFUSED',
  'SEALING_KEY_CHANGED',
  'CREDENTIALS_UNREADABLE',
  'MODULES_NOT_FROM_REGISTRY',
  'NO_FLOWS',
  'SETTINGS_NOT_KEPT',
  'NODE_RED_FORBIDDEN',
  'NODE_RED_OFFLINE',
  'INTERNAL',
] as const;
export type FailureCode = (typeof failureCodes)[number];

/** `detail`: what exactly, e.g. the control plane's own words, an address, or an error of the network. */
export type FailureView = { code: FailureCode; detail?: string };

export type Named = { id: string; name: string };

/** The connection as a browser may know it: the token stays in the server. */
export type ConnectionView = {
  controlPlaneUrl: string;
  organization: Named;
  application: Named;
  /** False when requests cross a network unencrypted. */
  isEncrypted: boolean;
};

/** What a token gives access to. */
export type ChoicesView = { account: string; organizations: (Named & { mayWrite: boolean; applications: Named[] })[] };

export type ChoicesRequest = { controlPlaneUrl: string; token?: string };
export type ConnectRequest = ChoicesRequest & { organizationId: string; applicationId: string };

/** What a person should know about the modules of the flows. */
export type ModuleNote =
  | { code: 'NOT_FROM_REGISTRY'; module: string; source: string }
  | { code: 'TYPES_MISSING'; types: string[] }
  | { code: 'TYPES_WITHOUT_MODULE'; types: string[] }
  | { code: 'NOT_LOCKED' };

export type NodeChangeView = { id: string; type: string; name: string | null; class: string; change: 'added' | 'removed' | 'changed' };
export type SectionView = {
  kind: 'tab' | 'subflow' | 'global' | 'absent';
  id: string | null;
  label: string | null;
  change: 'added' | 'removed' | 'changed';
  class: string;
  nodes: NodeChangeView[];
  /** Changed nodes that are not listed: there were too many. */
  more: number;
  /** Nodes of which nothing but the looks changed. */
  cosmetic: number;
};

/** What changed since the last snapshot, small enough for a sidebar. */
export type ChangesView = {
  classes: { name: string; count: number }[];
  sections: SectionView[];
  modules: { name: string; before: string | null; after: string | null }[];
  variables: { name: string; change: 'added' | 'removed' | 'changed'; needsValue: boolean }[];
  settings: number;
  endpoints: { change: 'added' | 'removed' | 'changed'; kind: string; address: string }[];
  risks: { code: string; nodeIds: string[]; address: string | null }[];
  restart: { scope: 'none' | 'nodes' | 'flows' | 'process'; count: number };
  credentialsChanged: boolean;
};

export type LastSnapshotView = { number: number; message: string; createdBy: string; createdAt: string; url: string };

/** The deployed flows against the last snapshot. */
export type StatusView = {
  connection: ConnectionView;
  last: LastSnapshotView | null;
  isSame: boolean;
  changes: ChangesView;
  notes: ModuleNote[];
};

export type CreateRequest = { message: string; labels: Record<string, string> };
export type CreatedView = { number: number; url: string };
