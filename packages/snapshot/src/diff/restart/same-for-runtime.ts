import type { FlowNode } from '../../flows/flow-node.ts';
import type { JsonValue } from '../../json.ts';

const neverRestarts: ReadonlySet<string> = new Set(['x', 'y', 'wires']);
const neverRestartsGroup: ReadonlySet<string> = new Set(['x', 'y', 'wires', 'nodes', 'style', 'w', 'h']);

/** Whether the runtime takes a node for materially changed: anything but position, wires and, of groups, looks and members. */
export function isChangedForRuntime(before: FlowNode, after: FlowNode): boolean {
  const ignored = before.type === 'group' ? neverRestartsGroup : neverRestarts;
  let surplus = 0;
  for (const property in before) if (!ignored.has(property)) surplus += 1;
  for (const property in after) {
    if (ignored.has(property)) continue;
    surplus -= 1;
    if (!sameForRuntime(before[property], after[property])) return true;
  }
  return surplus !== 0;
}

/** Equality of JSON data without regard to the order of members. */
export function sameForRuntime(before: JsonValue | undefined, after: JsonValue | undefined): boolean {
  if (before === after) return true;
  if (typeof before !== 'object' || typeof after !== 'object' || before === null || after === null) return false;
  if (Array.isArray(before) || Array.isArray(after)) {
    if (!Array.isArray(before) || !Array.isArray(after) || before.length !== after.length) return false;
    return before.every((item, index) => sameForRuntime(item, after[index]));
  }
  const names = Object.keys(before);
  return names.length === Object.keys(after).length && names.every((name) => sameForRuntime(before[name], ownMember(after, name)));
}

function ownMember(object: { [name: string]: JsonValue }, name: string): JsonValue | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}
