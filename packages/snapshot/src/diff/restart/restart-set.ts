import type { FlowNode } from '../../flows/flow-node.ts';
import { type Configuration, configurationOf, isPlaced } from './configuration.ts';
import { type DeployDifference, deployDifference, type IsSame } from './deploy-difference.ts';

/** Why more than single nodes restart. */
export type RestartReason = 'global_config' | 'not_deployable' | 'modules' | 'runtime' | 'settings' | 'variables';

/** What restarts when a release is applied to a device that runs the one before. Ids of nodes in the order of the flows. */
export type Restart = {
  /** `nodes`: those below, everything else goes on. `flows`: all flows, inside the running process. `process`: Node-RED itself. */
  scope: 'none' | 'nodes' | 'flows' | 'process';
  /** Empty for `none` and `nodes`. */
  reasons: RestartReason[];
  /** Stopped and started again: their state in memory, timers and connections are lost. An instance of a subflow stands for all that is in it. */
  restarted: string[];
  started: string[];
  stopped: string[];
  /** They go on running and only send elsewhere. */
  rewired: string[];
};

const globalFlow = 'global';

/**
 * What a deployment of type `nodes` stops and starts, as Node-RED decides it (@node-red/runtime lib/flows: `diffConfigs`, `stop`, `start`), if all
 * types of nodes are installed. Reasons given by the caller make the whole process restart. `isSame` spares comparing what is known to be the same.
 */
export function restartOf(
  before: readonly FlowNode[],
  after: readonly FlowNode[],
  reasons: readonly RestartReason[] = [],
  isSame?: IsSame,
): Restart {
  const from = configurationOf(before);
  const to = configurationOf(after);
  const difference = deployDifference(from, to, isSame);
  const stops = difference === null ? everything : stopsWith(difference);
  const all: RestartReason[] = [
    ...reasons,
    ...(difference === null || !canRewire(difference, { from, to, stops }) ? ['not_deployable' as const] : []),
  ];
  if (difference === null || all.length > 0)
    return { ...fate({ from, to, stops: everything }), scope: 'process', reasons: all, rewired: [] };
  const result = fate({ from, to, stops });
  if (difference.globalConfigChanged) return { ...result, scope: 'flows', reasons: ['global_config'], rewired: [] };
  const rewired = [...difference.rewired].filter((id) => flowsOf(from, id).some((flow) => !stops(flow, id)));
  const touches = result.restarted.length + result.started.length + result.stopped.length + rewired.length > 0;
  return { ...result, scope: touches ? 'nodes' : 'none', reasons: [], rewired };
}

/** Whether what runs under an id in a flow is stopped. */
type Stops = (flow: string, id: string) => boolean;
const everything: Stops = () => true;

/** A tab that changed as a whole stops with all that is in it, of others what is changed or removed. A changed global-config stops everything. */
function stopsWith({ added, changed, removed, flowChanged, globalConfigChanged }: DeployDifference): Stops {
  if (globalConfigChanged) return everything;
  const isStopped = (flow: string): boolean => flowChanged.has(flow) || added.has(flow) || removed.has(flow);
  return (flow, id) => isStopped(flow) || changed.has(id) || removed.has(id);
}

type Deployment = { from: Configuration; to: Configuration; stops: Stops };

function membersOf({ flows, global }: Configuration, flow: string): ReadonlyMap<string, FlowNode> | undefined {
  if (flow === globalFlow && !flows.has(globalFlow)) return global;
  const found = flows.get(flow);
  return found?.definition?.['disabled'] ? undefined : found?.members;
}

function flowIds({ flows }: Configuration): string[] {
  return [...new Set([globalFlow, ...flows.keys()])];
}

/** Flows in which a node with this id runs. */
function flowsOf(configuration: Configuration, id: string): string[] {
  return flowIds(configuration).filter((flow) => runs(membersOf(configuration, flow)?.get(id)));
}

/** Whether a node is started. An instance of a subflow without a position is taken for a config node, of a type that nobody installed. */
function runs(node: FlowNode | undefined): boolean {
  return node !== undefined && node['d'] !== true && (isPlaced(node) || !node.type.startsWith('subflow:'));
}

/**
 * The runtime gives new wires to rewired nodes before it starts ordinary ones. It stops in the middle of starting a flow when such a node is a config
 * node there, or goes on running where it no longer stands.
 */
function canRewire({ rewired }: DeployDifference, { from, to, stops }: Deployment): boolean {
  return [...rewired].every((id) => {
    const isConfigNow = flowsOf(to, id).some((flow) => !isPlaced(membersOf(to, flow)?.get(id) ?? { id, type: '' }));
    const goesOn = flowsOf(from, id).filter((flow) => !stops(flow, id));
    return !isConfigNow && goesOn.every((flow) => membersOf(to, flow)?.has(id) === true);
  });
}

/** Who is stopped, and who is started: whoever runs afterwards and did not go on. */
function fate({ from, to, stops }: Deployment): Pick<Restart, 'restarted' | 'started' | 'stopped'> {
  const stopped = new Set<string>();
  for (const flow of flowIds(from)) {
    for (const [id, node] of membersOf(from, flow) ?? []) if (runs(node) && stops(flow, id)) stopped.add(id);
  }
  const started = new Set<string>();
  for (const flow of flowIds(to)) {
    const before = membersOf(from, flow);
    for (const [id, node] of membersOf(to, flow) ?? []) {
      if (runs(node) && (stops(flow, id) || !runs(before?.get(id)))) started.add(id);
    }
  }
  const inOrder = [...to.nodes.keys()].filter((id) => started.has(id));
  return {
    restarted: inOrder.filter((id) => stopped.has(id)),
    started: inOrder.filter((id) => !stopped.has(id)),
    stopped: [...stopped].filter((id) => !started.has(id)),
  };
}
