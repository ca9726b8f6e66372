import { lockedAt, tinyTarball } from '@sluice/testkit';
import type { FlowLinter } from '../modules/policies/flow-linter.ts';
import type { ModuleResolver } from '../modules/releases/module-resolver.ts';
import type { TarballSource } from '../modules/releases/tarball-source.ts';

/** A lock that fits any package.json: what npm would resolve, without npm. */
export const instantResolver: ModuleResolver = {
  resolveLock: async (packageJson) => {
    const { dependencies } = JSON.parse(packageJson) as { dependencies: Record<string, string> };
    const packages = Object.entries(dependencies).map(([name, version]) => [`node_modules/${name}`, lockedAt(name, version)]);
    return JSON.stringify({ lockfileVersion: 3, packages: { '': { dependencies }, ...Object.fromEntries(packages) } });
  },
  checkLock: async () => undefined,
};

/** nrlint of flows without a fault: most tests are about something else, and its thread takes longer to start than they do. */
export const contentLinter: FlowLinter = { lint: async () => ({ kind: 'done', results: [] }), close: async () => undefined };

/** A registry that has the smallest package under every name and version. */
export const instantTarballs: TarballSource = {
  registryHosts: async () => new Set(['registry.npmjs.org']),
  fetch: async function* (wanted) {
    for (const each of wanted) yield { wanted: each, bytes: tinyTarball(each.name, each.version) };
  },
};
