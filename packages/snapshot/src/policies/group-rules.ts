import type { FlowNode } from '../flows/flow-node.ts';
import { called } from './names.ts';
import type { Observation, RuleFamily } from './rule.ts';
import type { RuleInput } from './rule-input.ts';

/** The group that a group stands in; '' for none. */
function parentOf(group: FlowNode): string {
  return typeof group['g'] === 'string' ? group['g'] : '';
}

/** Whether the way outwards ends: at a group in no group. Node-RED looks within the same tab or subflow only. */
function waysOut(groups: readonly FlowNode[]): (group: FlowNode) => 'out' | 'missing' | 'circle' {
  const byId = new Map(groups.map((group) => [group.id, group]));
  return (group) => {
    const seen = new Set([group.id]);
    for (let parent = parentOf(group); parent !== ''; parent = parentOf(byId.get(parent) ?? group)) {
      if (!byId.has(parent)) return seen.size === 1 ? 'missing' : 'out';
      if (parent === group.id) return 'circle';
      // A circle further out is told with the groups that make it.
      if (seen.has(parent)) return 'out';
      seen.add(parent);
    }
    return 'out';
  };
}

/** @node-red/runtime lib/flows/Flow.js, start: groups are tried again and again until their parents are there. */
function lostGroups({ flows }: RuleInput): Observation[] {
  const running = new Set(flows.running);
  const groups = flows.nodes.filter((node) => {
    const container = node.type === 'group' ? flows.containerOf(node) : undefined;
    return container !== undefined && running.has(container);
  });
  return [...Map.groupBy(groups, (group) => group['z']).values()].flatMap((siblings) => {
    const way = waysOut(siblings);
    return siblings.flatMap((node): Observation[] => {
      const ends = way(node);
      if (ends === 'out') return [];
      return [
        {
          node,
          message:
            ends === 'missing'
              ? `${called(node)} stands in a group that is not in the same tab or subflow.`
              : `${called(node)} stands in itself, through other groups or at once.`,
          fix: 'Take it out of that group ("g" of the node), or bring the group along; deploy once from the editor, which puts it right.',
        },
      ];
    });
  });
}

export const groupRules = {
  group_missing: {
    title: 'Groups in groups that are missing',
    why: 'Node-RED waits for the outer group for ever: it never ends its start, and answers nothing any more.',
    defaultSeverity: 'block',
    check: lostGroups,
  },
} as const satisfies RuleFamily;
