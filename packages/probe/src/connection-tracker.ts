import type { ConnectionStatus } from '@sluice/contracts';
import { connectionState, statusText } from './connection-state.ts';
import type { NodeStatusEvent } from './node-red.ts';

const connectionsMax = 2000;

/** Follows node statuses and keeps those that stand for a connection. */
export type ConnectionTracker = {
  /** Takes a status event; true when it changed what `list` says. */
  observe(event: NodeStatusEvent): boolean;
  /** Tries again what came from nodes that could not be found yet; true when that changed what `list` says. */
  retryUnknown(): boolean;
  list(): ConnectionStatus[];
};

export type ConnectionTrackerDeps = {
  /** Epoch milliseconds. */
  now: () => number;
  findNode: (id: string) => { type?: string; name?: string } | null | undefined;
};

const isDown = (state: ConnectionStatus['state']): boolean => state === 'connecting' || state === 'disconnected';

/**
 * `since` is when a connection came up or went down. A node that tries again and again alternates between connecting and
 * disconnected all the time; it has still been down since the first of them.
 */
export function createConnectionTracker(deps: ConnectionTrackerDeps): ConnectionTracker {
  const connections = new Map<string, ConnectionStatus>();
  // A node that sets its status while it is being made cannot be looked up yet.
  const unknown = new Map<string, NodeStatusEvent>();

  const remove = (id: string): boolean => connections.delete(id);

  const observe = (event: NodeStatusEvent): boolean => {
    const { id, status } = event;
    const known = connections.get(id);
    unknown.delete(id);
    // No status at all: the node stopped. It says so again when it runs again.
    if (status === undefined) return remove(id);
    const node = deps.findNode(id);
    const nodeType = node?.type ?? known?.nodeType;
    if (nodeType === undefined) {
      if (unknown.size < connectionsMax) unknown.set(id, event);
      return false;
    }
    const state = connectionState(nodeType, status);
    if (state === undefined) return remove(id);
    const text = statusText(status.text).slice(0, 500);
    const sameSide = known !== undefined && (known.state === state || (isDown(known.state) && isDown(state)));
    const since = sameSide ? known.since : new Date(deps.now()).toISOString();
    if (known === undefined && connections.size >= connectionsMax) return false;
    connections.set(id, {
      nodeId: id.slice(0, 200),
      nodeType: nodeType.slice(0, 200),
      nodeName: (node?.name ?? known?.nodeName ?? '').slice(0, 200),
      state,
      text,
      since,
    });
    return known?.state !== state;
  };
  const retryUnknown = (): boolean => {
    const events = [...unknown.values()];
    unknown.clear();
    return events.map(observe).includes(true);
  };
  return { observe, retryUnknown, list: () => [...connections.values()] };
}
