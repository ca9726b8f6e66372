import type { FlowNode } from '../flows/flow-node.ts';
import { type ChangeClass, gravest } from './change-class.ts';
import type { NodeDiff } from './node-diff.ts';

/** What changed on one tab or in one subflow; `global`: config nodes outside of both; `absent`: a tab that nodes name but the file does not hold. */
export type Section = {
  kind: 'tab' | 'subflow' | 'global' | 'absent';
  /** Null for `global`. */
  id: string | null;
  label: string | null;
  /** Whether the tab or subflow itself is new or gone. */
  change: 'added' | 'removed' | 'changed';
  class: ChangeClass;
  counts: { added: number; removed: number; changed: number; cosmetic: number };
  /** In the order of the flows after, those that are gone last. */
  nodes: NodeDiff[];
  /** Nodes of which nothing but the looks changed. */
  cosmetic: NodeDiff[];
};

/** Changed nodes by where they stand: tabs in the order of the flows, then subflows, then the rest. */
export function sectionsOf(diffs: readonly NodeDiff[], before: readonly FlowNode[], after: readonly FlowNode[]): Section[] {
  const containers = new Map([...before, ...after].filter(isContainer).map((node) => [node.id, node]));
  const grouped = Map.groupBy(diffs, (diff) => sectionId(diff, before, after));
  const ids = [...new Set([...after, ...before].filter(isContainer).map(({ id }) => id))];
  const order = [...ids.filter((id) => containers.get(id)?.type === 'tab'), ...ids.filter((id) => containers.get(id)?.type === 'subflow')];
  const rest = [...grouped.keys()].filter((id) => id === null || !containers.has(id));
  return [...order, ...rest].flatMap((id) => {
    const nodes = grouped.get(id);
    return nodes === undefined ? [] : [toSection(id, nodes, id === null ? undefined : containers.get(id))];
  });
}

function isContainer({ type }: { type: string }): boolean {
  return type === 'tab' || type === 'subflow';
}

/** A tab belongs to its own section, a node to where it stands now, or stood last. */
function sectionId(diff: NodeDiff, before: readonly FlowNode[], after: readonly FlowNode[]): string | null {
  const node = diff.after === null ? before[diff.before ?? -1] : after[diff.after];
  if (node === undefined) return null;
  if (isContainer(node)) return node.id;
  return typeof node['z'] === 'string' && node['z'] !== '' ? node['z'] : null;
}

function toSection(id: string | null, diffs: readonly NodeDiff[], container: FlowNode | undefined): Section {
  const place = ({ before, after }: NodeDiff): number => after ?? Number.MAX_SAFE_INTEGER - 1e9 + (before ?? 0);
  const inOrder = diffs.toSorted((left, right) => place(left) - place(right));
  const nodes = inOrder.filter((diff) => diff.class !== 'cosmetic');
  const cosmetic = inOrder.filter((diff) => diff.class === 'cosmetic');
  const own = id === null ? undefined : diffs.find((diff) => diff.id === id && isContainer(diff));
  const count = (change: NodeDiff['change']): number => nodes.filter((diff) => diff.change === change).length;
  const label = container?.['label'] ?? container?.['name'];
  return {
    kind: id === null ? 'global' : container === undefined ? 'absent' : container.type === 'subflow' ? 'subflow' : 'tab',
    id,
    label: typeof label === 'string' && label !== '' ? label : null,
    change: own === undefined ? 'changed' : own.change,
    class: gravest(diffs.map((diff) => diff.class)) ?? 'cosmetic',
    counts: { added: count('added'), removed: count('removed'), changed: count('changed'), cosmetic: cosmetic.length },
    nodes,
    cosmetic,
  };
}
