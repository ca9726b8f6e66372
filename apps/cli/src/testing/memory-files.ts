import { dirname } from 'node:path';
import type { Files } from '../ports.ts';

/** Files in memory, by absolute path, as text; `binary`: those that were written as bytes; `private`: those that are for the owner alone. */
export type MemoryFiles = Files & { contents: Map<string, string>; binary: Map<string, Uint8Array>; private: Set<string> };

export function createMemoryFiles(initial: Readonly<Record<string, string>> = {}): MemoryFiles {
  const contents = new Map(Object.entries(initial));
  const binary = new Map<string, Uint8Array>();
  const owned = new Set<string>();
  const isFolder = (path: string): boolean => [...contents.keys()].some((each) => each.startsWith(`${path}/`));
  return {
    contents,
    binary,
    private: owned,
    kind: async (path) => (contents.has(path) ? 'file' : isFolder(path) ? 'folder' : 'none'),
    read: async (path) => contents.get(path),
    readBytes: async (path) => {
      const text = contents.get(path);
      return binary.get(path) ?? (text === undefined ? undefined : Buffer.from(text));
    },
    readChunks: async function* (path) {
      yield binary.get(path) ?? Buffer.from(contents.get(path) ?? '');
    },
    writeChunks: async (path, chunks, check) => {
      const bytes = Buffer.concat(await Array.fromAsync(chunks));
      binary.set(`${path}.part`, bytes);
      await check(`${path}.part`);
      binary.delete(`${path}.part`);
      binary.set(path, bytes);
      contents.set(path, bytes.toString('latin1'));
    },
    list: async (folder) => [...contents.keys()].filter((path) => dirname(path) === folder).map((path) => path.slice(folder.length + 1)),
    write: async (path, content) => {
      contents.set(path, typeof content === 'string' ? content : Buffer.from(content).toString('utf8'));
      if (typeof content !== 'string') binary.set(path, content);
    },
    writePrivate: async (path, text) => {
      contents.set(path, text);
      owned.add(path);
    },
  };
}
