import { createHash } from 'node:crypto';
import {
  countGitObjects,
  type GenerationRange,
  type GitObjectType,
  type GitRepository,
  type Reader,
  readGitObjects,
  type StoredGitObject,
  streamGitObjects,
} from '@sluice/store';
import { HistoryError } from '../errors.ts';
import { OBJECTS_PER_QUERY } from '../history/walk-trees.ts';

/** What goes into a pack: all that some generations brought, or objects by their oids. */
export type PackContent = { kind: 'range'; range: GenerationRange } | { kind: 'oids'; oids: readonly string[] };

const PACK_VERSION = 2;
const typeNumbers: Readonly<Record<GitObjectType, number>> = { commit: 1, tree: 2, blob: 3 };

/** Type and size before an object's data (gitformat-pack): four bits of the size beside the type, then seven in each further byte. */
function entryHeader({ type, size }: StoredGitObject): Buffer {
  const bytes: number[] = [];
  let byte = (typeNumbers[type] << 4) | (size & 0b1111);
  for (let rest = Math.floor(size / 16); rest > 0; rest = Math.floor(rest / 128)) {
    bytes.push(byte | 0x80);
    byte = rest & 0x7f;
  }
  return Buffer.from([...bytes, byte]);
}

function packHeader(count: number): Buffer {
  const header = Buffer.alloc(12);
  header.write('PACK', 'latin1');
  header.writeUInt32BE(PACK_VERSION, 4);
  header.writeUInt32BE(count, 8);
  return header;
}

async function* pagesOfOids(
  reader: Reader,
  repository: GitRepository,
  oids: readonly string[],
): AsyncGenerator<StoredGitObject[], void, undefined> {
  for (let at = 0; at < oids.length; at += OBJECTS_PER_QUERY) {
    yield await readGitObjects(reader, repository, oids.slice(at, at + OBJECTS_PER_QUERY));
  }
}

/** How many objects a pack will hold. */
export async function countPack(reader: Reader, repository: GitRepository, content: PackContent): Promise<number> {
  return content.kind === 'oids' ? content.oids.length : countGitObjects(reader, repository, content.range);
}

/**
 * A pack, piece by piece: only one page of objects is in memory. Objects are sent as they are stored, so nothing is compressed anew.
 * @param count `countPack` of the same content
 * @throws HistoryError OBJECT_MISSING when the store lacks one of them
 */
export async function* streamPack(
  reader: Reader,
  repository: GitRepository,
  content: PackContent & { count: number },
): AsyncGenerator<Buffer, void, undefined> {
  const hash = createHash('sha1');
  const hashed = (bytes: Buffer): Buffer => {
    hash.update(bytes);
    return bytes;
  };
  yield hashed(packHeader(content.count));
  const pages =
    content.kind === 'oids' ? pagesOfOids(reader, repository, content.oids) : streamGitObjects(reader, repository, content.range);
  let sent = 0;
  for await (const page of pages) {
    sent += page.length;
    yield hashed(Buffer.concat(page.flatMap((object) => [entryHeader(object), object.deflated])));
  }
  if (sent !== content.count) throw new HistoryError('OBJECT_MISSING', `A pack of ${content.count} objects has only ${sent}.`);
  yield hash.digest();
}
