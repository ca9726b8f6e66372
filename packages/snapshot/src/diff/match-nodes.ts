import type { FlowNode } from '../flows/flow-node.ts';

/** A node in both flows (or one of them), with its places there. */
export type Match = { before: number | null; after: number | null };

/** Which nodes are the same: those with the same id; of nodes that share an id the first with the first, the second with the second. */
export function matchNodes(before: readonly FlowNode[], after: readonly FlowNode[]): { matches: Match[]; order: number[] | null } {
  const waiting = new Map<string, number>();
  // Of nodes that share an id, each leads to the next.
  const next = new Map<number, number>();
  for (let index = before.length - 1; index >= 0; index -= 1) {
    const id = before[index]?.id ?? '';
    const later = waiting.get(id);
    if (later !== undefined) next.set(index, later);
    waiting.set(id, index);
  }
  const matches = before.map((_, index): Match => ({ before: index, after: null }));
  const added: Match[] = [];
  const kept: number[] = [];
  for (const [index, { id }] of after.entries()) {
    const old = waiting.get(id);
    const match = old === undefined ? undefined : matches[old];
    if (old === undefined || match === undefined) added.push({ before: null, after: index });
    else {
      match.after = index;
      const following = next.get(old);
      if (following === undefined) waiting.delete(id);
      else waiting.set(id, following);
      kept.push(old);
    }
  }
  const isInOrder = kept.every((old, position) => position === 0 || old > (kept[position - 1] ?? -1));
  return { matches: [...matches, ...added], order: isInOrder ? null : kept };
}
