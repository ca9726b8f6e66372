import type { ModuleNote } from '../view.ts';
import { type LockEntry, type LockPackages, placesNeeded, textMembers } from './lock-part.ts';

/** What of Node-RED's user folder says where modules came from; undefined where there is no such file. */
export type InstalledFiles = { packageJson: string | undefined; lock: string | undefined };

/** The lock for exactly the modules of the flows, when the user folder has one; and what a person should know about them. */
export type LockedInstallation = { lock: Record<string, unknown> | undefined; notes: ModuleNote[] };

function parse(text: string | undefined): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text ?? '{}');
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

function packagesOf(lock: Record<string, unknown>): LockPackages {
  const packages = lock['packages'];
  if (typeof packages !== 'object' || packages === null) return {};
  return Object.fromEntries(
    Object.entries(packages).filter((entry): entry is [string, LockEntry] => typeof entry[1] === 'object' && entry[1] !== null),
  );
}

/** Sources that a device cannot reach: folders, files, git hosts. */
const outside = /^(file:|link:|git[+:]|github:|gitlab:|bitbucket:|\.{0,2}\/|~\/)|\.git(#.*)?$/;

function sourceOutside(asked: string | undefined, entry: LockEntry | undefined): string | undefined {
  if (asked !== undefined && outside.test(asked)) return asked;
  const resolved = typeof entry?.resolved === 'string' ? entry.resolved : undefined;
  if (entry?.link === true) return resolved ?? 'a linked folder';
  return resolved !== undefined && outside.test(resolved) ? resolved : undefined;
}

/**
 * Decides whether the lock of the user folder can come along. Mostly the runtime is installed elsewhere and the lock does not know it: then the
 * release locks what the exact versions need.
 * @param used module → exact version of what the flows need, the runtime included as `node-red`
 */
export function lockInstallation(used: Readonly<Record<string, string>>, files: InstalledFiles): LockedInstallation {
  const asked = textMembers(parse(files.packageJson)['dependencies']);
  const whole = parse(files.lock);
  const packages = packagesOf(whole);
  const names = Object.keys(used);
  const notes = names.flatMap((module): ModuleNote[] => {
    const source = sourceOutside(asked[module], packages[`node_modules/${module}`]);
    return source === undefined ? [] : [{ code: 'NOT_FROM_REGISTRY', module, source }];
  });
  const places = placesNeeded(packages, names);
  const isWhole = names.every((name) => packages[`node_modules/${name}`]?.version === used[name]);
  if (isWhole && places.every((place) => sourceOutside(undefined, packages[place]) === undefined)) {
    const parts = Object.fromEntries(places.map((place) => [place, packages[place]]));
    return { lock: { lockfileVersion: 3, requires: true, packages: { '': { dependencies: { ...used } }, ...parts } }, notes };
  }
  const others = names.filter((name) => name !== 'node-red');
  return { lock: undefined, notes: others.length === 0 ? notes : [...notes, { code: 'NOT_LOCKED' }] };
}
