import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { tarEnd, tarHeader, tarPadding } from '@sluice/platform/tar';
import type { ModuleResolver } from '../modules/releases/module-resolver.ts';
import type { TarballSource } from '../modules/releases/tarball-source.ts';

/** A tarball as a registry has it, with these files in it. */
export function tarballOf(files: Record<string, string>): Buffer {
  const parts = Object.entries(files).flatMap(([path, content]) => {
    const bytes = Buffer.from(content);
    return [tarHeader({ path: `package/${path}`, length: bytes.length }), bytes, tarPadding(bytes.length)];
  });
  return gzipSync(Buffer.concat([...parts, tarEnd]));
}

/** The smallest package there is. */
export function tinyTarball(name: string, version: string): Buffer {
  return tarballOf({ 'package.json': JSON.stringify({ name, version, license: 'MIT' }), 'index.js': '' });
}

export function integrityOf(bytes: Uint8Array): string {
  return `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
}

/** What a lock says of the smallest package. */
export function lockedAt(name: string, version: string): { version: string; integrity: string } {
  return { version, integrity: integrityOf(tinyTarball(name, version)) };
}

/** A lock that fits any package.json: what npm would resolve, without npm. */
export const instantResolver: ModuleResolver = {
  resolveLock: async (packageJson) => {
    const { dependencies } = JSON.parse(packageJson) as { dependencies: Record<string, string> };
    const packages = Object.entries(dependencies).map(([name, version]) => [`node_modules/${name}`, lockedAt(name, version)]);
    return JSON.stringify({ lockfileVersion: 3, packages: { '': { dependencies }, ...Object.fromEntries(packages) } });
  },
  checkLock: async () => undefined,
};

/** A registry that has the smallest package under every name and version. */
export const instantTarballs: TarballSource = {
  registryHosts: async () => new Set(['registry.npmjs.org']),
  fetch: async function* (wanted) {
    for (const each of wanted) yield { wanted: each, bytes: tinyTarball(each.name, each.version) };
  },
};
