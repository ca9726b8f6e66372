import type { FlowNode } from '../flows/flow-node.ts';
import { isContainer, isPlaced } from './flow-facts.ts';
import { called } from './names.ts';
import type { Observation, RuleFamily } from './rule.ts';
import type { RuleInput } from './rule-input.ts';

const notCounted: ReadonlySet<string> = new Set(['comment', 'junction', 'group']);

function largeTabs({ flows, limits }: RuleInput): Observation[] {
  const counts = new Map<FlowNode, number>();
  for (const node of flows.nodes) {
    const container = flows.containerOf(node);
    if (container === undefined || isContainer(node) || !isPlaced(node) || notCounted.has(node.type)) continue;
    counts.set(container, (counts.get(container) ?? 0) + 1);
  }
  return [...counts].flatMap(([node, count]) =>
    count <= limits.nodesPerTab
      ? []
      : [
          {
            node,
            message: `${called(node)} has ${count} nodes; more than ${limits.nodesPerTab}.`,
            fix: 'Split it into tabs by what they are for, joined by link nodes; turn what repeats into a subflow.',
          },
        ],
  );
}

function longFunctions({ flows, limits }: RuleInput): Observation[] {
  return flows.nodes.flatMap((node) =>
    (['func', 'initialize', 'finalize'] as const).flatMap((property): Observation[] => {
      const code = node.type === 'function' ? node[property] : undefined;
      if (typeof code !== 'string') return [];
      const lines = code.split('\n').length;
      if (lines <= limits.functionLines && code.length <= limits.functionCharacters) return [];
      const isByLines = lines > limits.functionLines;
      return [
        {
          node,
          place: `/${property}`,
          message: isByLines
            ? `${called(node)} has ${lines} lines of code; more than ${limits.functionLines}.`
            : `${called(node)} holds ${code.length} characters; more than ${limits.functionCharacters}.`,
          fix: isByLines
            ? 'Split it into several function nodes, or move the code into a module of its own that can be tested.'
            : 'Move data (images, tables) out of the code into a file or a template node.',
        },
      ];
    }),
  );
}

export const sizeRules = {
  flow_too_large: {
    title: 'Large tabs',
    why: 'Nobody reviews hundreds of nodes in one drawing; mistakes stay unseen, and two people cannot change it at once.',
    defaultSeverity: 'warn',
    check: largeTabs,
  },
  function_too_long: {
    title: 'Long functions',
    why: 'Long code in one node is neither tested nor read, and shows in every difference.',
    defaultSeverity: 'warn',
    check: longFunctions,
  },
} as const satisfies RuleFamily;
