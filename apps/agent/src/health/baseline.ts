import type { ConnectionStatus, RuntimeHealth } from '@sluice/contracts';
import type { Baseline } from '../update/record.ts';

/** Not connected, whether or not it tries. */
export function isDown(state: ConnectionStatus['state']): boolean {
  return state === 'disconnected' || state === 'connecting';
}

type Known = Baseline['connections'][number];

/** The entry of a baseline for a connection: by node id, else by type and name, because an edit may change ids. */
export function findInBaseline(
  baseline: Baseline,
  connection: Pick<ConnectionStatus, 'nodeId' | 'nodeType' | 'nodeName'>,
): Known | undefined {
  return (
    baseline.connections.find((known) => known.nodeId === connection.nodeId) ??
    baseline.connections.find((known) => known.nodeType === connection.nodeType && known.nodeName === connection.nodeName)
  );
}

/**
 * What is connected now, for a comparison after the next switch. A connection that has been down for no longer than its grace, and was
 * connected at the last commit, counts as connected, and without any health the last commit is all there is to go by: a runtime that was just restarted must not lower what is asked of the next release.
 */
export function baselineOf(health: RuntimeHealth | null, before: Baseline | null, graceMs: number): Baseline {
  if (health === null) return before ?? { connections: [] };
  const connections = health.connections.map((connection): Known => {
    const { nodeId, nodeType, nodeName } = connection;
    const downForMs = Date.parse(health.measuredAt) - Date.parse(connection.since);
    const wasUp = before !== null && findInBaseline(before, connection)?.state === 'connected';
    const state = isDown(connection.state) && downForMs <= graceMs && wasUp ? 'connected' : connection.state;
    return { nodeId, nodeType, nodeName, state };
  });
  return { connections };
}
