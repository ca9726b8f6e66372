import type { DeviceIntegrations, SnapshotDiffReport, SnapshotIntegrations } from '@sluice/contracts';
import { diffSnapshots, integrationsOf, type SnapshotParts } from '@sluice/snapshot';
import { isAsked, isAt, pageByKey, pageKey, unresolvedIn } from './endpoint-page.ts';
import { createResolvedMaps, fleetMap, talkersOf } from './fleet-map.ts';
import { type ReadSnapshot, SnapshotCache } from './snapshot-cache.ts';
import { type FlowTask, type StoredSnapshot, snapshotsOf } from './tasks.ts';
import { extract, proposalsFor } from './variable-values.ts';

/** Does tasks. `missing`: what it has to be given to do it. */
export type Performer = (task: FlowTask, given: readonly StoredSnapshot[]) => { missing: string[] } | { answer: unknown };

const nothing: SnapshotParts = { flows: [] };

type MapTask = Extract<FlowTask, { kind: 'map' }>;

/** One page of what a snapshot talks to. The head of a device's map says what runs there. */
function mapOf({ flows }: ReadSnapshot, { values, query, head }: MapTask): SnapshotIntegrations | DeviceIntegrations {
  const { endpoints, truncated } = integrationsOf(flows, { variables: values });
  const asked = endpoints.filter((endpoint) => isAt(endpoint, query) && isAsked(endpoint, query));
  const { items, nextCursor } = pageByKey(asked, query, pageKey);
  return { items, nextCursor, unresolvedVariables: unresolvedIn(asked), truncated, ...head };
}

type DiffTask = Extract<FlowTask, { kind: 'diff' }>;

function diffOf(read: (id: string) => ReadSnapshot, { from, to, values, head }: DiffTask): SnapshotDiffReport {
  const after = read(to).parts();
  const before = from === null ? nothing : read(from).parts();
  return { ...head, diff: diffSnapshots(before, after, { variables: values }) };
}

/** Makes a performer with its own memory of what it read. @throws RefusalError from the performer, when the request cannot be done */
export function createPerformer(): Performer {
  const cache = new SnapshotCache();
  const resolved = createResolvedMaps();

  const perform = (task: FlowTask, read: (id: string) => ReadSnapshot): unknown => {
    switch (task.kind) {
      case 'diff':
        return diffOf(read, task);
      case 'map':
        return mapOf(read(task.snapshotId), task);
      case 'fleet':
        return fleetMap({ read, resolved }, task.fleet, task.query);
      case 'talkers':
        return talkersOf({ read, resolved }, task.fleet, task.query);
      case 'variables':
        return Object.fromEntries(task.snapshotIds.map((id) => [id, read(id).split().variables]));
      case 'proposals':
        return proposalsFor(read(task.snapshotId).flows);
      case 'extraction': {
        const { flows, parts } = read(task.snapshotId);
        return extract(
          flows,
          task.accepted,
          (parts().variables ?? []).map(({ name }) => name),
        );
      }
    }
  };

  return (task, given) => {
    // What a task needs stays with it, also when the cache has no room for all of it.
    const held = new Map<string, ReadSnapshot>();
    for (const id of snapshotsOf(task)) {
      const known = cache.get(id);
      if (known !== undefined) held.set(id, known);
    }
    for (const stored of given) if (!held.has(stored.id)) held.set(stored.id, cache.add(stored));
    const missing = snapshotsOf(task).filter((id) => !held.has(id));
    if (missing.length > 0) return { missing };
    const read = (id: string): ReadSnapshot => {
      const snapshot = held.get(id);
      if (snapshot === undefined) throw new Error(`the task did not name the snapshot ${id}`);
      return snapshot;
    };
    return { answer: perform(task, read) };
  };
}
