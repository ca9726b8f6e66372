import {
  type FlowNode,
  type JsonObject,
  lockedPackages,
  parseLock,
  type SnapshotParts,
  type SplitMap,
  splitIntegrations,
} from '@sluice/snapshot';
import { LRUCache } from 'lru-cache';
import type { StoredSnapshot } from './tasks.ts';

/** A snapshot that was read; parts that not every task needs are read when they are asked for. */
export type ReadSnapshot = {
  flows: readonly FlowNode[];
  parts(): SnapshotParts;
  split(): SplitMap;
};

/** Parsed flows take several times the memory of their text. */
const growth = 8;
const bytesMax = 256 * 1024 * 1024;

function readNode(manifest: Record<string, unknown>): string | null {
  const engines = manifest['engines'];
  const node: unknown = typeof engines === 'object' && engines !== null ? Reflect.get(engines, 'node') : undefined;
  return typeof node === 'string' ? node : null;
}

function readParts(stored: StoredSnapshot, flows: readonly FlowNode[]): SnapshotParts {
  // The runtime is a dependency, too, and told as what it is. All of this was checked when the snapshot was made.
  const { 'node-red': _runtime, ...dependencies } = (stored.packageJson['dependencies'] ?? {}) as Record<string, string>;
  return {
    flows,
    dependencies,
    ...(stored.lock === null ? {} : { locked: lockedPackages(parseLock(stored.lock)) }),
    runtime: { nodeRed: stored.runtimeVersion, node: readNode(stored.packageJson) },
    variables: stored.variables,
    // From a JSON column, so it is plain data.
    settings: stored.settings as JsonObject,
  };
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** Snapshots that were read lately. They never change, so nothing in here gets old. */
export class SnapshotCache {
  readonly #read = new LRUCache<string, ReadSnapshot>({ maxSize: bytesMax });

  get(id: string): ReadSnapshot | undefined {
    return this.#read.get(id);
  }

  /** Reads a stored snapshot, and remembers it unless it is too large for that. */
  add(stored: StoredSnapshot): ReadSnapshot {
    // Checked and normalised when the snapshot was made.
    const flows = JSON.parse(new TextDecoder().decode(stored.flows)) as FlowNode[];
    const read: ReadSnapshot = {
      flows,
      parts: once(() => readParts(stored, flows)),
      split: once(() => splitIntegrations(flows)),
    };
    this.#read.set(stored.id, read, { size: Math.max(1, stored.flows.length * growth) + (stored.lock?.length ?? 0) * growth });
    return read;
  }
}
