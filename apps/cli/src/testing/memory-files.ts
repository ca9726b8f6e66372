import { dirname } from 'node:path';
import type { Files } from '../ports.ts';

/** Files in memory, by absolute path; `private`: those that were written for the owner alone. */
export type MemoryFiles = Files & { contents: Map<string, string>; private: Set<string> };

export function createMemoryFiles(initial: Readonly<Record<string, string>> = {}): MemoryFiles {
  const contents = new Map(Object.entries(initial));
  const owned = new Set<string>();
  const isFolder = (path: string): boolean => [...contents.keys()].some((each) => each.startsWith(`${path}/`));
  return {
    contents,
    private: owned,
    kind: async (path) => (contents.has(path) ? 'file' : isFolder(path) ? 'folder' : 'none'),
    read: async (path) => contents.get(path),
    list: async (folder) => [...contents.keys()].filter((path) => dirname(path) === folder).map((path) => path.slice(folder.length + 1)),
    write: async (path, text) => void contents.set(path, text),
    writePrivate: async (path, text) => {
      contents.set(path, text);
      owned.add(path);
    },
  };
}
