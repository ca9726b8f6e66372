import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export type Workspace = {
  /** Name after `@sluice/`. */
  name: string;
  folder: string;
  isApp: boolean;
  exports: readonly string[];
  dependencies: ReadonlySet<string>;
  devDependencies: ReadonlySet<string>;
};

const SCOPE = '@sluice/';

function keysOf(value: unknown): string[] {
  return typeof value === 'object' && value !== null ? Object.keys(value) : [];
}

/** Reads the workspace that a package.json describes. */
export function readWorkspace(root: string, manifestPath: string): Workspace {
  const manifest: unknown = JSON.parse(readFileSync(join(root, manifestPath), 'utf8'));
  const fields: Record<string, unknown> = typeof manifest === 'object' && manifest !== null ? { ...manifest } : {};
  const folder = manifestPath.slice(0, -'/package.json'.length);
  return {
    name: String(fields['name']).replace(SCOPE, ''),
    folder,
    isApp: folder.startsWith('apps/'),
    exports: keysOf(fields['exports']),
    dependencies: new Set(keysOf(fields['dependencies'])),
    devDependencies: new Set(keysOf(fields['devDependencies'])),
  };
}

/** All workspaces among the files of a checkout. */
export function findWorkspaces(root: string, files: readonly string[]): Workspace[] {
  const manifests = files.filter((path) => /^((apps|packages)\/[^/]+|e2e|bench|tools)\/package\.json$/.test(path));
  return manifests.map((path) => readWorkspace(root, path));
}

/** Splits `@sluice/store/embedded` into the workspace's name and the door; undefined for modules from elsewhere. */
export function splitSpecifier(specifier: string): { name: string; door: string } | undefined {
  if (!specifier.startsWith(SCOPE)) return undefined;
  const [name = '', ...rest] = specifier.slice(SCOPE.length).split('/');
  return { name, door: rest.length === 0 ? '.' : `./${rest.join('/')}` };
}
