import type { FlowNode } from '../flows/flow-node.ts';

const functionCode = ['func', 'initialize', 'finalize'] as const;

/** The code of a function node, without its comments; nothing for other nodes. */
export function codeOf(node: FlowNode): { property: string; code: string }[] {
  if (node.type !== 'function') return [];
  return functionCode.flatMap((property) => {
    const text = node[property];
    return typeof text === 'string' && text !== '' ? [{ property, code: withoutComments(text) }] : [];
  });
}

/** Good enough to see whether something is meant: `//` after a colon is an address, not a comment. */
function withoutComments(code: string): string {
  const kept: string[] = [];
  let from = 0;
  while (from < code.length) {
    const start = code.indexOf('/*', from);
    if (start < 0) break;
    kept.push(code.slice(from, start));
    const end = code.indexOf('*/', start + 2);
    from = end < 0 ? code.length : end + 2;
  }
  kept.push(code.slice(from));
  return kept
    .join('')
    .split('\n')
    .map((line) => line.replace(/(^|[^:"'`])\/\/.*$/, '$1'))
    .join('\n');
}
