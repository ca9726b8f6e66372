import type { FlowNode } from '../../flows/flow-node.ts';
import { type Configuration, configurationOf, isPlaced } from './configuration.ts';
import { type DeployDifference, deployDifference } from './deploy-difference.ts';

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

/** What runs, by the runtime's own flow; `global` holds the config nodes outside of tabs. */
type Running = Map<string, Set<string>>;

const globalFlow = 'global';

/**
 * What a deployment of type `nodes` stops and starts, as Node-RED decides it (@node-red/runtime lib/flows: `diffConfigs`, `stop`, `start`), if all
 * types of nodes are installed. Reasons given by the caller make the whole process restart.
 */
export function restartOf(before: readonly FlowNode[], after: readonly FlowNode[], reasons: readonly RestartReason[] = []): Restart {
  const from = configurationOf(before);
  const to = configurationOf(after);
  const running = runningIn(from);
  const difference = deployDifference(from, to);
  const surviving: Running = difference === null || difference.globalConfigChanged ? new Map() : survivors(running, difference);
  const isDeployable = difference !== null && canRewire(difference, surviving, to);
  const all: RestartReason[] = [...reasons, ...(isDeployable ? [] : ['not_deployable' as const])];
  if (difference === null || all.length > 0) return summarize('process', all, running, new Map(), runningIn(to), to);
  if (difference.globalConfigChanged) return summarize('flows', ['global_config'], running, new Map(), runningIn(to), to);
  const result = summarize('nodes', [], running, surviving, started(surviving, to), to);
  const kept = new Set([...surviving.values()].flatMap((ids) => [...ids]));
  const rewired = [...difference.rewired].filter((id) => kept.has(id));
  const touches = result.restarted.length + result.started.length + result.stopped.length + rewired.length > 0;
  return { ...result, scope: touches ? 'nodes' : 'none', rewired };
}

/**
 * The runtime gives new wires to rewired nodes before it starts ordinary ones. It stops in the middle of starting a flow when such a node is a config
 * node there, or goes on running where it no longer stands.
 */
function canRewire({ rewired }: DeployDifference, surviving: Running, after: Configuration): boolean {
  const running = started(surviving, after);
  for (const id of rewired) {
    for (const [flow, ids] of running) {
      if (!ids.has(id)) continue;
      const node = (flow === globalFlow ? after.global : after.flows.get(flow)?.members)?.get(id);
      if (node === undefined || (!isPlaced(node) && node['d'] !== true)) return false;
    }
  }
  return true;
}

function runningIn(configuration: Configuration): Running {
  return started(new Map(), configuration);
}

/** What runs after the start: what survived, and every enabled node of an enabled tab. */
function started(surviving: Running, { flows, global }: Configuration): Running {
  const running: Running = new Map(surviving);
  const start = (flow: string, members: ReadonlyMap<string, FlowNode>): void => {
    const enabled = [...members.values()].filter((node) => node['d'] !== true && isStartable(node)).map(({ id }) => id);
    running.set(flow, new Set([...(running.get(flow) ?? []), ...enabled]));
  };
  start(globalFlow, global);
  for (const [id, { definition, members }] of flows) if (!definition?.['disabled']) start(id, members);
  return running;
}

/** An instance of a subflow without a position is taken for a config node, of a type that nobody installed. */
function isStartable(node: FlowNode): boolean {
  return isPlaced(node) || !node.type.startsWith('subflow:');
}

/** What goes on running: nothing of a tab that changed as a whole, of others what is neither changed nor removed. */
function survivors(running: Running, { added, changed, removed, flowChanged }: DeployDifference): Running {
  const surviving: Running = new Map();
  for (const [flow, ids] of running) {
    if (flowChanged.has(flow) || added.has(flow) || removed.has(flow)) continue;
    surviving.set(flow, new Set([...ids].filter((id) => !changed.has(id) && !removed.has(id))));
  }
  return surviving;
}

function summarize(
  scope: Restart['scope'],
  reasons: RestartReason[],
  before: Running,
  surviving: Running,
  after: Running,
  { nodes }: Configuration,
): Restart {
  const stoppedIds = without(before, surviving);
  const startedIds = without(after, surviving);
  const inOrder = Object.keys(nodes).filter((id) => startedIds.has(id));
  return {
    scope,
    reasons,
    restarted: inOrder.filter((id) => stoppedIds.has(id)),
    started: inOrder.filter((id) => !stoppedIds.has(id)),
    stopped: [...stoppedIds].filter((id) => !startedIds.has(id)),
    rewired: [],
  };
}

/** Ids that run in some flow of the first and not in the same flow of the second. */
function without(running: Running, others: Running): Set<string> {
  const ids = new Set<string>();
  for (const [flow, members] of running) for (const id of members) if (!others.get(flow)?.has(id)) ids.add(id);
  return ids;
}
