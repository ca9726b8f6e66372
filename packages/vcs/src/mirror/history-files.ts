import { deflateSync } from 'node:zlib';
import type { GitRepository, Reader, StoredGitObject } from '@sluice/store';
import type { PromiseFsClient } from 'isomorphic-git';
import { requireObjects } from '../history/walk-trees.ts';
import { inflateGitObject } from '../objects/git-object.ts';
import { noSuchFile } from './no-such-file.ts';

/** The history of an application as isomorphic-git wants to read a repository: files below `/git`. */
export type HistoryFiles = {
  fs: PromiseFsClient;
  /** Objects that will be read soon, so that each does not cost a query. */
  expect(objects: readonly StoredGitObject[]): void;
  /** Forgets them. */
  forget(): void;
};

const objectPath = /^\/git\/objects\/([0-9a-f]{2})\/([0-9a-f]{38})$/;

/**
 * An object as a file of a repository: zlib around `<type> <size>\0` and the content. It is only read back at once, so nothing is compressed.
 * Objects are stored without that header, because packs have none either.
 */
function looseFile(stored: StoredGitObject): Buffer {
  const { type, content } = inflateGitObject(stored);
  return deflateSync(Buffer.concat([Buffer.from(`${type} ${content.length}\0`), content]), { level: 0 });
}

async function ignore(): Promise<void> {
  // What a push notes about the remote, the remote tells anew each time.
}

/** The small file system under isomorphic-git: objects come from Postgres, there is no configuration, and what is written is dropped. */
export function createHistoryFiles(reader: Reader, repository: GitRepository): HistoryFiles {
  const expected = new Map<string, StoredGitObject>();

  const find = async (path: string): Promise<StoredGitObject> => {
    const [, folder, file] = objectPath.exec(path) ?? [];
    if (folder === undefined || file === undefined) throw noSuchFile(path);
    const oid = `${folder}${file}`;
    const known = expected.get(oid);
    if (known !== undefined) return known;
    const found = await requireObjects(reader, repository, [oid]).catch(() => new Map<string, StoredGitObject>());
    const object = found.get(oid);
    if (object === undefined) throw noSuchFile(path);
    return object;
  };
  const absent = async (path: unknown): Promise<never> => {
    throw noSuchFile(String(path));
  };

  return {
    fs: {
      promises: {
        readFile: async (path: unknown) => looseFile(await find(String(path))),
        stat: async (path: unknown) => void (await find(String(path))),
        lstat: async (path: unknown) => void (await find(String(path))),
        readdir: async () => [],
        writeFile: ignore,
        mkdir: ignore,
        unlink: ignore,
        rmdir: ignore,
        readlink: absent,
        symlink: ignore,
      },
    },
    expect: (objects) => {
      for (const object of objects) expected.set(object.oid, object);
    },
    forget: () => expected.clear(),
  };
}
