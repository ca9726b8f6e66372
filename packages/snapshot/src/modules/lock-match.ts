import { satisfies, validRange } from 'semver';
import { SnapshotError } from '../errors.ts';
import type { Lock } from './lock.ts';
import type { PackageManifest } from './package-manifest.ts';

/** How a module differs between package.json and lock. `asked` and `locked` are null where the module is absent. */
export type ModuleDifference = { name: string; asked: string | null; locked: string | null };

/** The modules in which package.json and lock differ, by name. None when the lock can be installed for this package.json. */
export function lockDifferences(manifest: PackageManifest, lock: Lock): ModuleDifference[] {
  const names = new Set([...Object.keys(manifest.dependencies), ...lock.rootDependencies.keys()]);
  return [...names].sort().flatMap((name): ModuleDifference[] => {
    const asked = Object.hasOwn(manifest.dependencies, name) ? (manifest.dependencies[name] ?? null) : null;
    const locked = lock.packages.get(`node_modules/${name}`)?.version ?? null;
    if (asked === null) return [{ name, asked, locked: locked ?? lock.rootDependencies.get(name) ?? null }];
    return isSatisfied(asked, locked, lock.rootDependencies.get(name)) ? [] : [{ name, asked, locked }];
  });
}

/**
 * Refuses a lock that was not made for this package.json, as `npm ci` would on the device.
 * @throws {SnapshotError} LOCK_MISMATCH, naming each module that differs
 */
export function checkLockMatchesPackage(manifest: PackageManifest, lock: Lock): void {
  const differences = lockDifferences(manifest, lock);
  if (differences.length === 0) return;
  const list = differences.map(describe).join('; ');
  throw new SnapshotError(
    'LOCK_MISMATCH',
    `The lock does not belong to the package.json: ${list}. Run "npm install --package-lock-only" and use the new lock.`,
  );
}

function isSatisfied(asked: string, locked: string | null, recorded: string | undefined): boolean {
  if (locked === null || recorded === undefined) return false;
  if (validRange(asked) !== null) return satisfies(locked, asked, { includePrerelease: false });
  // A tag means whatever it meant when the lock was made, if it was made from this tag.
  return asked === recorded;
}

function describe({ name, asked, locked }: ModuleDifference): string {
  if (asked === null) return `${name} is locked${locked === null ? '' : ` at ${locked}`} but not asked for`;
  return `${name} is asked for as ${asked} but ${locked === null ? 'not locked' : `locked at ${locked}`}`;
}
