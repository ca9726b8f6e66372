import type { FlowNode } from '../flows/flow-node.ts';

/** A node in both flows (or one of them), with its places there. */
export type Match = { before: number | null; after: number | null };

/** Which nodes are the same: those with the same id; of nodes that share an id the first with the first, the second with the second. */
export function matchNodes(before: readonly FlowNode[], after: readonly FlowNode[]): { matches: Match[]; order: number[] | null } {
  const waiting = new Map<string, number[]>();
  for (const [index, { id }] of before.entries()) {
    const same = waiting.get(id);
    if (same === undefined) waiting.set(id, [index]);
    else same.push(index);
  }
  const matches = before.map((_, index): Match => ({ before: index, after: null }));
  const added: Match[] = [];
  const kept: number[] = [];
  for (const [index, { id }] of after.entries()) {
    const old = waiting.get(id)?.shift();
    const match = old === undefined ? undefined : matches[old];
    if (old === undefined || match === undefined) added.push({ before: null, after: index });
    else {
      match.after = index;
      kept.push(old);
    }
  }
  const isInOrder = kept.every((old, position) => position === 0 || old > (kept[position - 1] ?? -1));
  return { matches: [...matches, ...added], order: isInOrder ? null : kept };
}
