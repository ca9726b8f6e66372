import { existsSync, readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

const IGNORED = new Set([
  'node_modules',
  'dist',
  'generated',
  '.git',
  '.turbo',
  '.sluice',
  'coverage',
  'test-results',
  'playwright-report',
  'blob-report',
]);

function walk(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true }).filter(({ name }) => !IGNORED.has(name));
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return walk(path);
    return entry.isFile() ? [path] : [];
  });
}

/** All files of the checkout that people write, relative to the root, with `/`, sorted. */
export function listFiles(root: string): string[] {
  return walk(root)
    .map((path) => relative(root, path).split(sep).join('/'))
    .sort();
}

/** True for files that the parser can read. */
export function isSource(path: string): boolean {
  return /\.(ts|tsx|mjs|js)$/.test(path) && !path.endsWith('.d.ts');
}

/** True for tests and for what exists only for them. */
export function isTest(path: string): boolean {
  return /\.test\.tsx?$/.test(path) || /(^|\/)(test|tests|testing|fixtures)\//.test(path);
}

/** True for what makes artifacts: it runs on a developer's machine, never in a process of ours. */
export function isBuild(path: string): boolean {
  return /(^|\/)build(-command)?\.(ts|mjs)$/.test(path);
}

/** True when a path, relative to the root, exists. */
export function exists(root: string, path: string): boolean {
  return existsSync(join(root, path));
}
