import type { PromiseFsClient } from 'isomorphic-git';
import { noSuchFile } from './no-such-file.ts';

/** A file system in memory, as small as isomorphic-git needs one to fetch into: a repository below `/git` that lives as long as one import. */
export function createMemoryFiles(
  initial: Readonly<Record<string, string>>,
  check: (path: string, content: Buffer) => void,
): PromiseFsClient {
  const files = new Map<string, Buffer>(Object.entries(initial).map(([path, text]) => [path, Buffer.from(text)]));

  const readFile = async (path: unknown, options?: unknown): Promise<Buffer | string> => {
    const content = files.get(String(path));
    if (content === undefined) throw noSuchFile(String(path));
    const encoding: unknown = typeof options === 'object' && options !== null ? Reflect.get(options, 'encoding') : options;
    return encoding === 'utf8' ? content.toString('utf8') : content;
  };
  const stat = async (path: unknown): Promise<object> => {
    const content = files.get(String(path));
    if (content === undefined) throw noSuchFile(String(path));
    return { size: content.length, isFile: () => true, isDirectory: () => false, isSymbolicLink: () => false };
  };
  return {
    promises: {
      readFile,
      stat,
      lstat: stat,
      writeFile: async (path: unknown, content: Uint8Array | string) => {
        const bytes = Buffer.from(content as Uint8Array);
        check(String(path), bytes);
        files.set(String(path), bytes);
      },
      readdir: async (path: unknown) => {
        const folder = `${String(path).replace(/\/$/, '')}/`;
        const below = [...files.keys()].filter((each) => each.startsWith(folder));
        return [...new Set(below.map((each) => each.slice(folder.length).split('/')[0] ?? ''))];
      },
      unlink: async (path: unknown) => void files.delete(String(path)),
      mkdir: async () => undefined,
      rmdir: async () => undefined,
      readlink: async (path: unknown) => Promise.reject(noSuchFile(String(path))),
      symlink: async () => undefined,
    },
  };
}
