import type { VariableDeclaration } from '@sluice/contracts';
import type { FlowNode } from '../flows/flow-node.ts';
import type { JsonObject } from '../json.ts';
import type { Lock, LockedPackage } from '../modules/lock.ts';

/** The versions that a snapshot runs on; null where it does not say. */
export type RuntimeVersions = { nodeRed: string | null; node: string | null };

/** What two snapshots are compared by. Plain JSON data; parts that are left out on both sides are not compared. */
export type SnapshotParts = {
  flows: readonly FlowNode[];
  /** Of package.json: module → version or range. */
  dependencies?: Readonly<Record<string, string>>;
  /** Of the lock: place in the module tree → package. See `lockedPackages`. */
  locked?: Readonly<Record<string, LockedPackage>> | null;
  runtime?: RuntimeVersions;
  variables?: readonly VariableDeclaration[];
  settings?: JsonObject;
};

/** The packages of a lock as plain data. */
export function lockedPackages(lock: Lock): Record<string, LockedPackage> {
  return Object.fromEntries(lock.packages);
}
