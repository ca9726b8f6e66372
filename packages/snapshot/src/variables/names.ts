import type { FlowNode } from '../flows/flow-node.ts';
import { catalogue } from '../integrations/catalogue/index.ts';
import type { ProposalKind, Unnamed, VariableProposal } from './proposals.ts';
import { referencesOfEnvEntry, referencesOfNode } from './references.ts';
import { envEntries } from './scopes.ts';

const suffixes: Readonly<Record<Exclude<ProposalKind, 'secret'>, string>> = {
  host: 'HOST',
  port: 'PORT',
  url: 'URL',
  topic: 'TOPIC',
  database: 'DATABASE',
  file: 'FILE',
  serial_port: 'SERIAL_PORT',
};
/** Longer names of nodes are descriptions. */
const nameLengthMax = 32;
/** Names that steer the runtime, the system or the agent; the agent keeps them from flows. */
const reserved =
  /^(?:NODE_|LD_|DYLD_|SLUICE_|NPM_CONFIG_|NRED_|NR_)|^(?:PATH|HOME|SHELL|IFS|ENV|USER|HOST|LANG|PWD|TZ|PORT|BASH_ENV|PYTHONPATH|PERL5LIB)$/;

/** Whether a name steers the runtime, the system or the agent, so that no variable of an application can have it. */
export function isReservedName(name: string): boolean {
  return reserved.test(name);
}

/** Gives each proposal a name of its own, made of the node's name (or type) and what the value is. No name that flows use already is given. */
export function nameProposals(proposals: readonly Unnamed[], flows: readonly FlowNode[]): VariableProposal[] {
  const taken = namesIn(flows);
  return proposals.map(({ node, property, ...proposal }) => {
    const wanted = wantedName(node, proposal.kind, property, String(proposal.value));
    let name = wanted;
    for (let number = 2; taken.has(name); number += 1) name = `${wanted}_${number}`;
    taken.add(name);
    return { name, ...proposal };
  });
}

function wantedName(node: FlowNode, kind: ProposalKind, property: string, value: string): string {
  const suffix = kind === 'secret' ? constantCase(property) || 'SECRET' : suffixes[kind];
  const own = typeof node['name'] === 'string' && node['name'].length <= nameLengthMax ? constantCase(node['name']) : '';
  const ofType = constantCase(catalogue.get(node.type)?.kind ?? node.type);
  const base = own !== '' ? own : (kind === 'topic' && topicName(value)) || ofType;
  const isSaid = base === '' || base === suffix || suffix.startsWith(`${base}_`);
  const name = isSaid ? suffix : base.endsWith(`_${suffix}`) ? base : `${base}_${suffix}`;
  return /^[A-Z_]/.test(name) && !reserved.test(name) ? name : `APP_${name}`;
}

/** The last two levels of a topic tell it from others. */
function topicName(topic: string): string {
  const levels = topic.split('/').filter((level) => !/^[#+]?$/.test(level));
  return constantCase(levels.slice(-2).join(' '));
}

/** `Düse 1 (links)` → `DUESE_1_LINKS`: letters with marks are spelled without, other scripts have no spelling here. */
function constantCase(text: string): string {
  const spelled = text.replaceAll(
    /[äöüÄÖÜß]/g,
    (letter) => ({ ä: 'ae', ö: 'oe', ü: 'ue', Ä: 'Ae', Ö: 'Oe', Ü: 'Ue', ß: 'ss' })[letter] ?? letter,
  );
  const plain = spelled.normalize('NFKD').replaceAll(/\p{M}/gu, '');
  const parts = plain.replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2').split(/[^A-Za-z0-9]+/);
  return parts
    .filter((part) => part !== '')
    .join('_')
    .toUpperCase();
}

/** Names of variables that mean something already: those that flows read or define. */
export function namesIn(flows: readonly FlowNode[]): Set<string> {
  const names = flows.flatMap((node) => [
    ...referencesOfNode(node),
    // Only text can be a name that is given here: other values, which a file may hold, do not begin with a letter.
    ...envEntries(node).flatMap((entry) => [...(typeof entry['name'] === 'string' ? [entry['name']] : []), ...referencesOfEnvEntry(entry)]),
  ]);
  return new Set(names.map((name) => name.replaceAll('$parent.', '')));
}
