import type { FlowNode } from '../flows/flow-node.ts';

/** Names of tabs and nodes can be long; a sentence should not. */
const lengthMax = 60;

function shortened(text: string): string {
  return text.length > lengthMax ? `${text.slice(0, lengthMax)}…` : text;
}

/** The name that a person gave to a node or tab; undefined without one. */
export function givenName(node: FlowNode | undefined): string | undefined {
  const name = node?.type === 'tab' ? node['label'] : node?.['name'];
  return typeof name === 'string' && name.trim() !== '' ? shortened(name.trim()) : undefined;
}

/** What a sentence calls a node: `the function node "Scale"`, or by its id without a name. */
export function called(node: FlowNode): string {
  const name = givenName(node);
  const kind = node.type === 'tab' ? 'tab' : node.type === 'subflow' ? 'subflow' : `${shortened(node.type)} node`;
  return name === undefined ? `the ${kind} ${shortened(node.id)}` : `the ${kind} "${name}"`;
}

/** `a, b and 3 more`. */
export function listed(names: readonly string[], countMax = 3): string {
  const shown = names.slice(0, countMax);
  const rest = names.length - shown.length;
  if (rest > 0) return `${shown.join(', ')} and ${rest} more`;
  return shown.length > 1 ? `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}` : shown.join('');
}

/** Whether a name fits one of the patterns, in which `*` stands for anything. Capital letters make no difference. */
export function fitsAny(name: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => fits(name.toLowerCase(), pattern.toLowerCase()));
}

/** Piece by piece instead of by a regular expression: patterns come from people, and no pattern may take long. */
function fits(name: string, pattern: string): boolean {
  const [first = '', ...pieces] = pattern.split('*');
  const last = pieces.pop();
  if (last === undefined) return name === first;
  if (!name.startsWith(first) || name.length < first.length + last.length || !name.endsWith(last)) return false;
  const end = name.length - last.length;
  let from = first.length;
  for (const piece of pieces) {
    const found = name.indexOf(piece, from);
    if (found < 0 || found + piece.length > end) return false;
    from = found + piece.length;
  }
  return true;
}
