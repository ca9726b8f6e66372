import { textOfFile } from './documents.ts';
import { chooseProjectFiles, readProjectFiles } from './project-files.ts';
import { readFlowFile } from './read-flow-file.ts';
import type { SnapshotFiles } from './snapshot-files.ts';
import { looksLikeZip, readZip } from './zip/read-zip.ts';
import type { ZipLimits } from './zip/zip-limits.ts';

const isIgnored = (folder: string): boolean => folder.startsWith('.') || folder === '__MACOSX' || folder === 'node_modules';

/** Where the project begins: archives often hold one folder with everything in it. Ends with `/`, or is ''. */
function rootOf(paths: readonly string[]): string {
  let root = '';
  for (;;) {
    const inside = paths.filter((path) => path.startsWith(root)).map((path) => path.slice(root.length));
    if (inside.some((path) => !path.includes('/') && path.endsWith('.json'))) return root;
    const folders = new Set(inside.flatMap((path) => (path.includes('/') ? [path.slice(0, path.indexOf('/'))] : [])));
    const [only, ...others] = [...folders].filter((folder) => !isIgnored(folder));
    if (only === undefined || others.length > 0) return root;
    root += `${only}/`;
  }
}

/**
 * Reads a zip archive of a Node-RED project. Only the project's own files are unpacked, whatever else is in it.
 * @throws {SnapshotError} ARCHIVE_MALFORMED, ARCHIVE_TOO_LARGE and as `readProjectFiles`
 */
export function readProjectArchive(archive: Uint8Array, limits?: ZipLimits): SnapshotFiles {
  let root = '';
  let names: string[] = [];
  const first = readZip(
    archive,
    (path, all) => {
      if (names.length === 0) {
        root = rootOf(all);
        names = all.filter((each) => each.startsWith(root)).map((each) => each.slice(root.length));
      }
      return path === `${root}package.json`;
    },
    limits,
  );
  const manifest = first.get(`${root}package.json`);
  const { flows, credentials, others } = chooseProjectFiles(names, manifest === undefined ? null : textOfFile(manifest, 'package.json'));
  const wanted = new Set([flows, credentials, ...others].map((name) => root + name));
  const files = readZip(archive, (path) => wanted.has(path), limits);
  return readProjectFiles(new Map([...files].map(([path, bytes]) => [path.slice(root.length), bytes])));
}

/**
 * Reads whatever somebody hands in as one file: a zip archive of a project, or a flow file of any form.
 * @throws {SnapshotError} as `readProjectArchive` and `readFlowFile`
 */
export function readUpload(bytes: Uint8Array, limits?: ZipLimits): SnapshotFiles {
  return looksLikeZip(bytes) ? readProjectArchive(bytes, limits) : readFlowFile(textOfFile(bytes, 'The file'));
}
