import type { FlowNode } from '../flows/flow-node.ts';
import { type ChangeClass, graver, gravest } from './change-class.ts';
import { classOfChange, classOfNode, type Facts } from './classify.ts';
import { diffJson, identical, type JsonChange } from './json-diff.ts';
import type { Match } from './match-nodes.ts';
import { type Wire, wiresBetween } from './wires.ts';

/** A changed place within a node, with its class. */
export type PropertyChange = JsonChange & { class: ChangeClass };

type Described = {
  id: string;
  type: string;
  /** The node's name or label; null without one. */
  name: string | null;
  /** The gravest of its changes. */
  class: ChangeClass;
  /** Places in the flows before and after. */
  before: number | null;
  after: number | null;
};

export type AddedNode = Described & { change: 'added'; node: FlowNode };
export type RemovedNode = Described & { change: 'removed'; node: FlowNode };
export type ChangedNode = Described & {
  change: 'changed';
  /** What matters, gravest first. */
  changes: PropertyChange[];
  /** What does not: position, size, name, description, looks, order of members. */
  cosmetic: PropertyChange[];
  connected: Wire[];
  disconnected: Wire[];
};
export type NodeDiff = AddedNode | RemovedNode | ChangedNode;

/** How a node differs between two flows; null when it does not. */
export function diffNode(match: Match, before: readonly FlowNode[], after: readonly FlowNode[], facts: Facts): NodeDiff | null {
  const old = match.before === null ? undefined : before[match.before];
  const current = match.after === null ? undefined : after[match.after];
  if (old !== undefined && current !== undefined) return identical(old, current) ? null : changedNode(match, old, current, facts);
  const node = current ?? old;
  if (node === undefined) return null;
  return { ...describe(node, match), class: classOfNode(node, facts), change: current === undefined ? 'removed' : 'added', node };
}

function changedNode(match: Match, before: FlowNode, after: FlowNode, facts: Facts): ChangedNode {
  const all = diffJson(before, after).map((change): PropertyChange => ({ ...change, class: classOfChange(change, before, after, facts) }));
  const changes = all.filter((change) => change.class !== 'cosmetic');
  const byGravity = changes.toSorted((left, right) => {
    if (left.class === right.class) return 0;
    return graver(left.class, right.class) === left.class ? -1 : 1;
  });
  return {
    ...describe(after, match),
    class: gravest(changes.map((change) => change.class)) ?? 'cosmetic',
    change: 'changed',
    changes: byGravity,
    cosmetic: all.filter((change) => change.class === 'cosmetic'),
    ...wiresBetween(before, after),
  };
}

function describe(node: FlowNode, { before, after }: Match): Omit<Described, 'class'> {
  const name = [node['name'], node['label']].find((text) => typeof text === 'string' && text !== '');
  return { id: node.id, type: node.type, name: typeof name === 'string' ? name : null, before, after };
}
