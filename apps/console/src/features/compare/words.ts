import type { ChangeClass, DiffRestart, DiffRisk, EndpointDifference, NodeChange } from '@sluice/contracts';
import { formatCountOf } from '../../format/count.ts';
import type { Tone } from '../../ui/tone.ts';
import type { NodeNames } from './node-names.ts';

/** Gravest first, as a reviewer reads. */
export const classOrder = [
  'settings',
  'environment',
  'dependency',
  'security',
  'integration',
  'logic',
  'wiring',
  'cosmetic',
] as const satisfies readonly ChangeClass[];

export const classWords: Readonly<Record<ChangeClass, { label: string; tone: Tone; what: string }>> = {
  settings: { label: 'Settings', tone: 'warn', what: 'Settings of the runtime' },
  environment: { label: 'Environment', tone: 'warn', what: 'Variables that are needed or defined' },
  dependency: { label: 'Dependency', tone: 'warn', what: 'Modules, Node-RED and Node' },
  security: { label: 'Security', tone: 'bad', what: 'TLS and its checks, logins, new routes and commands, secrets in plain text' },
  integration: { label: 'Integration', tone: 'warn', what: 'Addresses, ports, topics, registers, tables, files' },
  logic: { label: 'Logic', tone: 'idle', what: 'Code, rules, schedules, switching on and off' },
  wiring: { label: 'Wiring', tone: 'idle', what: 'Wires and links' },
  cosmetic: { label: 'Cosmetic', tone: 'idle', what: 'Position, size, names, descriptions: nothing runs differently' },
};

export const changeWords: Readonly<Record<NodeChange['change'], { sign: string; label: string }>> = {
  added: { sign: '+', label: 'Added' },
  removed: { sign: '−', label: 'Removed' },
  changed: { sign: '~', label: 'Changed' },
};

export const riskWords: Readonly<Record<DiffRisk['code'], string>> = {
  tls_off: 'TLS is switched off',
  certificate_check_off: 'Certificates are no longer checked',
  inbound_without_authentication: 'Something listens without asking who is there',
  exec_added: 'A command is run on the device',
  secret_in_plain_text: 'A secret stands in the flows in plain text',
};

export const reasonWords: Readonly<Record<DiffRestart['reasons'][number], string>> = {
  global_config: 'a global-config node changed',
  not_deployable: 'Node-RED cannot tell these flows apart node by node',
  modules: 'modules changed',
  runtime: 'Node-RED or Node changed',
  settings: 'settings changed',
  variables: 'the declared variables changed',
};

type Aspect = Extract<EndpointDifference, { change: 'changed' }>['aspects'][number];
export const aspectWords: Readonly<Record<Aspect, string>> = {
  address: 'another address',
  security: 'protected differently',
  direction: 'another direction',
  listens: 'another side opens the connection',
  state: 'used differently',
  nodes: 'other nodes, topics or registers',
};

/** What stops when the change reaches a device that runs what was before. */
export function restartSentence(restart: DiffRestart): string {
  const because = restart.reasons.map((reason) => reasonWords[reason]).join(', ');
  switch (restart.scope) {
    case 'none':
      return 'Nothing restarts.';
    case 'process':
      return `Node-RED itself restarts: ${because}.`;
    case 'flows':
      return `All flows restart inside the running Node-RED: ${because}.`;
    case 'nodes':
      return `${nodesThat(restart)} Everything else goes on running.`;
  }
}

function nodesThat({ restarted, started, stopped, rewired }: DiffRestart): string {
  const parts = [
    { nodes: restarted, one: 'restarts', many: 'restart' },
    { nodes: started, one: 'starts', many: 'start' },
    { nodes: stopped, one: 'stops', many: 'stop' },
    { nodes: rewired, one: 'goes on and sends elsewhere', many: 'go on and send elsewhere' },
  ].flatMap(({ nodes, one, many }) =>
    nodes.length === 0 ? [] : [`${formatCountOf(nodes.length, 'node')} ${nodes.length === 1 ? one : many}`],
  );
  return `${parts.join(', ')}.`;
}

// Node-RED's one-letter properties, which nobody has to know.
const shortNames: ReadonlyMap<string, string> = new Map([
  ['/z', 'z (tab)'],
  ['/g', 'g (group)'],
  ['/d', 'd (disabled)'],
]);

/** `/rules/0/v` → `rules › 0 › v`. */
export function placeWords(pointer: string): string {
  if (pointer === '') return 'everything';
  const known = shortNames.get(pointer);
  if (known !== undefined) return known;
  const parts = pointer.slice(1).split('/');
  return parts.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~')).join(' › ');
}

/** A type of node; an instance of a subflow by the subflow's name. */
export function typeWords(type: string, names: NodeNames): string {
  return type.startsWith('subflow:') ? `subflow ${names(type.slice('subflow:'.length)).name}` : type;
}

/** A value as text: a text as it is, everything else as JSON; the id of a node with its name. */
export function valueWords(value: unknown, names: NodeNames): string {
  if (value === '') return '(empty)';
  const node = typeof value === 'string' ? names(value) : null;
  if (node !== null && node.type !== null && node.name !== value) return `${node.name} (${value})`;
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}
