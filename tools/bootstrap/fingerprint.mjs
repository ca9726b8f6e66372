import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const IGNORED = new Set(['node_modules', 'dist', 'generated', '.turbo', 'test-results']);

/**
 * All files below a path, sorted; the path itself when it is a file; nothing when it does not exist.
 * @param {string} path
 * @returns {string[]}
 */
function filesBelow(path) {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return [];
  if (!stats.isDirectory()) return [path];
  const names = readdirSync(path).filter((name) => !IGNORED.has(name));
  return names.sort().flatMap((name) => filesBelow(join(path, name)));
}

/**
 * The SHA-256 over names and contents of the inputs of a step.
 * @param {string} root
 * @param {string[]} inputs files and folders, relative to the root
 * @returns {string} hex
 */
export function fingerprint(root, inputs) {
  const hash = createHash('sha256');
  for (const file of inputs.flatMap((input) => filesBelow(join(root, input)))) {
    const content = readFileSync(file);
    hash.update(`${file.slice(root.length)}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

/**
 * Remembers, inside node_modules and so only as long as it lives, from which inputs a step last succeeded.
 * @param {string} root
 * @param {string} name
 */
export function createStamp(root, name) {
  const path = join(root, 'node_modules/.cache/sluice', `${name.replace(/\W+/g, '-')}.sha256`);
  return {
    read() {
      const stats = statSync(path, { throwIfNoEntry: false });
      return stats === undefined ? undefined : readFileSync(path, 'utf8').trim();
    },
    /** @param {string} value */
    write(value) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, `${value}\n`);
    },
    clear() {
      rmSync(path, { force: true });
    },
  };
}
