import type { FlowNode } from '../flows/flow-node.ts';
import type { SnapshotDiff } from './diff-snapshots.ts';
import { documentOf } from './diff-snapshots.ts';
import { applyJsonChanges } from './json-diff.ts';
import type { NodeDiff } from './node-diff.ts';
import type { SnapshotParts } from './snapshot-parts.ts';

/**
 * The snapshot after a change, from the one before: the same JSON, byte by byte.
 * @throws RangeError when the difference was made from another snapshot
 */
export function applyDiff(before: SnapshotParts, diff: Pick<SnapshotDiff, 'sections' | 'order' | 'parts'>): SnapshotParts {
  const rest = applyJsonChanges(documentOf(before), diff.parts) as unknown as Omit<SnapshotParts, 'flows'>;
  return { ...withFlowsInPlace(before, rest), flows: flowsAfter(before.flows, diff) };
}

function withFlowsInPlace(before: SnapshotParts, rest: Omit<SnapshotParts, 'flows'>): SnapshotParts {
  return { flows: before.flows, ...rest };
}

function flowsAfter(before: readonly FlowNode[], { sections, order }: Pick<SnapshotDiff, 'sections' | 'order'>): FlowNode[] {
  const diffs = sections.flatMap(({ nodes, cosmetic }) => [...nodes, ...cosmetic]);
  const byPlace = new Map(diffs.flatMap((diff) => (diff.before === null ? [] : [[diff.before, diff] as const])));
  const stay = order ?? [...before.keys()].filter((index) => byPlace.get(index)?.change !== 'removed');
  const kept = stay.map((index) => changed(before[index], byPlace.get(index)));
  const result: FlowNode[] = new Array(kept.length + diffs.filter(({ change }) => change === 'added').length);
  for (const diff of diffs) if (diff.change === 'added' && diff.after !== null) result[diff.after] = diff.node;
  let place = 0;
  for (const node of kept) {
    while (result[place] !== undefined) place += 1;
    result[place] = node;
  }
  return result;
}

function changed(node: FlowNode | undefined, diff: NodeDiff | undefined): FlowNode {
  if (node === undefined) throw new RangeError('The difference was made from another snapshot.');
  if (diff?.change !== 'changed') return node;
  return applyJsonChanges(node, [...diff.changes, ...diff.cosmetic]) as FlowNode;
}
