import type { Drawing, DrawnGroup, DrawnNode, DrawnWire } from './drawing.ts';

/** What happened to something that is drawn. `moved`: only its looks changed. */
export type Mark = 'same' | 'added' | 'removed' | 'changed' | 'moved';

/** A drawing of a change: what is there now, with what is gone where it stood. */
export type MarkedDrawing = {
  nodes: (DrawnNode & { mark: Mark })[];
  groups: DrawnGroup[];
  wires: (DrawnWire & { mark: Mark })[];
  leftOut: number;
};

function keyOf({ from, output, to }: DrawnWire): string {
  return JSON.stringify([from, output, to]);
}

/** Everything as it is. */
export function unmarked(drawing: Drawing): MarkedDrawing {
  const same = { mark: 'same' } as const;
  return {
    ...drawing,
    nodes: drawing.nodes.map((node) => ({ ...node, ...same })),
    wires: drawing.wires.map((wire) => ({ ...wire, ...same })),
  };
}

/** Lays what was over what is. `changed`: nodes that matter; `moved`: those that only look different. */
export function overlay(
  before: Drawing,
  after: Drawing,
  { changed, moved }: { changed: ReadonlySet<string>; moved: ReadonlySet<string> },
): MarkedDrawing {
  const were = new Set(before.nodes.map(({ id }) => id));
  const are = new Set(after.nodes.map(({ id }) => id));
  const oldWires = new Set(before.wires.map(keyOf));
  const newWires = new Set(after.wires.map(keyOf));
  const markOf = (id: string): Mark => {
    if (!were.has(id)) return 'added';
    if (changed.has(id)) return 'changed';
    return moved.has(id) ? 'moved' : 'same';
  };
  return {
    nodes: [
      ...before.nodes.flatMap((node) => (are.has(node.id) ? [] : [{ ...node, mark: 'removed' as const }])),
      ...after.nodes.map((node) => ({ ...node, mark: markOf(node.id) })),
    ],
    groups: after.groups,
    wires: [
      ...before.wires.flatMap((wire) => (newWires.has(keyOf(wire)) ? [] : [{ ...wire, mark: 'removed' as const }])),
      ...after.wires.map((wire) => ({ ...wire, mark: oldWires.has(keyOf(wire)) ? ('same' as const) : ('added' as const) })),
    ],
    leftOut: Math.max(before.leftOut, after.leftOut),
  };
}
