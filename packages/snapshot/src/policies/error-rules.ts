import type { FlowNode } from '../flows/flow-node.ts';
import type { FlowFacts } from './flow-facts.ts';
import { called, listed } from './names.ts';
import type { Observation, RuleFamily } from './rule.ts';

/** Circles of groups stand only in damaged files. */
const depthMax = 32;

/** Whether a catch node hears of an error in a node beside it (@node-red/runtime lib/flows/Flow.js, handleError). */
function hears(catcher: FlowNode, node: FlowNode, flows: FlowFacts): boolean {
  const { scope, g } = catcher;
  if (Array.isArray(scope)) return scope.includes(node.id);
  if (scope !== 'group' || typeof g !== 'string' || g === '') return true;
  let group = node['g'];
  for (let depth = 0; typeof group === 'string' && depth < depthMax; depth += 1) {
    if (group === g) return true;
    group = flows.node(group)?.['g'];
  }
  return false;
}

/** Per tab or subflow: the nodes that change something outside and whose errors nobody hears. An error in a subflow goes on to its instances. */
function unheard(flows: FlowFacts): Map<FlowNode, FlowNode[]> {
  const byContainer = Map.groupBy(flows.running, (node) => flows.containerOf(node));
  const writers = flows.writers();
  const known = new Map<FlowNode, FlowNode[]>();
  const of = (container: FlowNode): FlowNode[] => {
    const found = known.get(container);
    if (found !== undefined) return found;
    known.set(container, []);
    const nodes = byContainer.get(container) ?? [];
    const catchers = nodes.filter(({ type }) => type === 'catch');
    const writing = nodes.filter((node) => writers.has(node) || isWritingInstance(node));
    const result = writing.filter((node) => !catchers.some((catcher) => hears(catcher, node, flows)));
    known.set(container, result);
    return result;
  };
  const isWritingInstance = ({ type }: FlowNode): boolean => {
    const subflow = type.startsWith('subflow:') ? flows.node(type.slice('subflow:'.length)) : undefined;
    return subflow?.type === 'subflow' && of(subflow).length > 0;
  };
  const tabs = [...byContainer.keys()].filter((container) => container?.type === 'tab');
  return new Map(tabs.flatMap((tab) => (tab === undefined ? [] : [[tab, of(tab)] as const])));
}

export const errorRules = {
  no_catch: {
    title: 'Errors that nobody hears',
    why: 'When a write to a machine, a broker or a service fails, the flow goes on as if it had not, and the error is only in the log of the device.',
    defaultSeverity: 'warn',
    check: ({ flows }) =>
      [...unheard(flows)].flatMap(([tab, nodes]): Observation[] => {
        const [first] = nodes;
        if (first === undefined) return [];
        const verb = nodes.length === 1 ? 'changes' : 'change';
        return [
          {
            node: tab,
            message: `On ${called(tab)} ${listed(nodes.map(called))} ${verb} something outside, and no catch node hears of errors there.`,
            fix: 'Add a catch node to the tab (for all nodes, or for these), and let it tell someone or bring the process into a safe state.',
          },
        ];
      }),
  },
} as const satisfies RuleFamily;
