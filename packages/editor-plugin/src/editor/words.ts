// Every word that the sidebar says, so that a translation has one file to replace.
import type { FailureCode, ModuleNote, NodeChangeView } from '../view.ts';

/** What happened, and what to do. */
export type Advice = { what: string; remedy: string };

const failures: Record<FailureCode, Advice> = {
  NOT_CONNECTED: { what: 'This Node-RED is not connected to a control plane.', remedy: 'Connect it below.' },
  ADDRESS_INVALID: {
    what: 'This is no address of a control plane.',
    remedy: 'Give an address as in the browser, for example https://sluice.example.com.',
  },
  OFFLINE: {
    what: 'The control plane cannot be reached.',
    remedy: 'Check the address and the network of the machine that runs Node-RED, then refresh. Your flows keep running.',
  },
  TIMEOUT: { what: 'The control plane did not answer in time.', remedy: 'Refresh in a moment. If it stays so, ask who runs it.' },
  TLS: {
    what: 'The certificate of the control plane is not trusted here, so nothing was sent.',
    remedy: 'If your company signs its own certificates, start Node-RED with NODE_EXTRA_CA_CERTS set to the file of its authority.',
  },
  REDIRECTED: { what: 'The address only points to another one.', remedy: 'Connect to the address that it points to.' },
  NOT_SLUICE: {
    what: 'Something else than a Sluice control plane answers there.',
    remedy: 'Check the address. A proxy in between may need another path.',
  },
  TOKEN_MISSING: {
    what: 'There is no token for this address.',
    remedy: 'Paste an API token: the one that was kept belongs to another address.',
  },
  TOKEN_REFUSED: {
    what: 'The control plane does not accept the API token.',
    remedy: 'It may have expired or been revoked. Make a new one in the console and connect again.',
  },
  TOKEN_MAY_ONLY_READ: {
    what: 'The API token may not create snapshots.',
    remedy: 'Make a token with the role operator in the console and connect again.',
  },
  NOT_FOUND: {
    what: 'The organization or application is not there any more, or this token does not see it.',
    remedy: 'Choose another application under Connection.',
  },
  REFUSED: { what: 'The control plane refused the snapshot.', remedy: 'Correct what it names, deploy, and try again.' },
  SEALING_KEY_CHANGED: {
    what: 'The control plane shows another key for credentials than when this Node-RED was connected. Nothing was sent.',
    remedy: 'If it was set up anew, connect again. If nobody did that, tell who runs it: somebody may be in between.',
  },
  CREDENTIALS_UNREADABLE: {
    what: 'Node-RED could not decrypt the credentials of the flows, so a snapshot would lose them.',
    remedy: 'Start Node-RED with the right credentialSecret, or enter the credentials again and deploy.',
  },
  MODULES_NOT_FROM_REGISTRY: {
    what: 'Modules were installed from a folder, a file or a git host. Devices cannot get them from there.',
    remedy: 'Publish each to your registry, install it from there by name and version in this Node-RED, and try again.',
  },
  NO_FLOWS: { what: 'No flows are deployed.', remedy: 'Deploy first.' },
  SETTINGS_NOT_KEPT: {
    what: 'The connection could not be kept in the user folder of Node-RED.',
    remedy: 'Let the account that runs Node-RED write there.',
  },
  NODE_RED_FORBIDDEN: {
    what: 'Your Node-RED user may not do this.',
    remedy: 'Ask for write permission, or let somebody else create the snapshot.',
  },
  NODE_RED_OFFLINE: { what: 'Node-RED does not answer.', remedy: 'Check that it runs, then refresh.' },
  INTERNAL: { what: 'The plugin failed.', remedy: 'The log of Node-RED says why.' },
};

const plural = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;

const changeSigns: Record<NodeChangeView['change'], string> = { added: 'new', removed: 'removed', changed: 'changed' };

const risks: Record<string, string> = {
  tls_off: 'Encryption switched off',
  certificate_check_off: 'Certificates are no longer checked',
  inbound_without_authentication: 'Anybody can call in',
  exec_added: 'Runs commands of the operating system',
  secret_in_plain_text: 'Secret in plain text',
};

const notes = (note: ModuleNote): Advice => {
  switch (note.code) {
    case 'NOT_FROM_REGISTRY':
      return { what: `${note.module} was installed from ${note.source}.`, remedy: failures.MODULES_NOT_FROM_REGISTRY.remedy };
    case 'TYPES_MISSING':
      return {
        what: `This Node-RED does not know these types: ${note.types.join(', ')}.`,
        remedy: 'Install their modules, or remove the nodes: the snapshot cannot name a module for them.',
      };
    case 'TYPES_WITHOUT_MODULE':
      return {
        what: `These types lie in a folder of this Node-RED: ${note.types.join(', ')}.`,
        remedy: 'Put them into a module of your registry: devices get modules only.',
      };
    case 'NOT_LOCKED':
      return {
        what: 'What the modules need themselves is locked when the release is published.',
        remedy: 'The modules of the flows keep the versions that are installed here.',
      };
  }
};

export const words = {
  title: 'Sluice',
  createAction: 'Create a Sluice snapshot',
  loading: 'Comparing what is deployed with the last snapshot …',
  refresh: 'Refresh',
  connection: 'Connection',
  connectedTo: (application: string, organization: string) => `${application} · ${organization}`,
  notConnected: 'Not connected',
  notEncrypted:
    'The connection is not encrypted: who is in between can read flows and token. Credentials are sealed all the same. Use https.',
  askForConnection: 'Somebody with write permission in this Node-RED has to connect it.',
  tryAgain: 'Try again',
  last: 'Last snapshot',
  lastBy: (who: string, when: string) => `${who}, ${when}`,
  noMessage: 'No message',
  none: 'There is no snapshot yet: everything is new.',
  changes: 'Changes since then',
  content: 'What it will hold',
  same: 'Nothing has changed. What is deployed is the last snapshot.',
  undeployed: 'The editor holds changes that are not deployed. A snapshot holds what is deployed: deploy first.',
  modules: 'Modules',
  variables: 'Variables',
  endpoints: 'Towards the outside',
  risks: 'Less safe than before',
  credentialsChanged: 'Credentials changed',
  settingsChanged: (count: number) => plural(count, 'setting changed', 'settings changed'),
  needsValue: 'needs a value before it can be deployed',
  restart: {
    none: 'No restart',
    nodes: (count: number) => `Restarts ${plural(count, 'node', 'nodes')}`,
    flows: 'Restarts all flows',
    process: 'Restarts Node-RED',
  },
  global: 'Configuration nodes',
  absent: 'On a tab that is not there',
  subflow: (name: string) => `Subflow ${name}`,
  more: (count: number) => `${count} more in the console`,
  cosmetic: (count: number) => plural(count, 'change of looks only', 'changes of looks only'),
  change: (change: NodeChangeView['change']) => changeSigns[change],
  risk: (code: string) => risks[code] ?? code,
  class: (name: string, count: number) => `${name} ${count}`,
  version: (before: string | null, after: string | null) =>
    before === null ? `new: ${after}` : after === null ? `removed: ${before}` : `${before} → ${after}`,
  show: (name: string) => `Show ${name} in the workspace`,
  message: 'Message',
  messageHint: 'What changed, and why',
  labels: 'Labels',
  labelsHint: 'ticket=4711, line=3',
  labelsInvalid: 'Write labels as name=value, separated by commas. Letters, digits, dots, dashes and underscores; at most 63 of them.',
  create: 'Create snapshot',
  createDeployed: 'Create snapshot of what is deployed',
  creating: 'Creating …',
  created: (number: number) => `Snapshot v${number} created.`,
  openInConsole: 'Open in the console',
  mayNotWrite: 'Your Node-RED user may only read, so it cannot create snapshots.',
  connect: {
    title: 'Connect',
    address: 'Address of the control plane',
    addressHint: 'https://sluice.example.com',
    token: 'API token',
    tokenKept: 'kept; paste another to replace it',
    tokenHelp:
      'From the console, Settings → API tokens, role operator. It stays in this Node-RED and never reaches a browser or an export.',
    next: 'Continue',
    organization: 'Organization',
    application: 'Application',
    save: 'Connect',
    cancel: 'Cancel',
    forget: 'Disconnect',
    noApplications: 'This organization has no application yet. Make one in the console, then continue.',
    readOnly: 'read only',
    checking: 'Asking the control plane …',
    account: (name: string) => `Token: ${name}`,
  },
  failure: (code: FailureCode): Advice => failures[code],
  note: notes,
} as const;
