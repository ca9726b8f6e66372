import { readBlob, type Store } from '@sluice/store';
import { LRUCache } from 'lru-cache';

export type BlobAddress = { organizationId: string; sha256: string };

export type Blobs = {
  /** The number of bytes of a blob; undefined when the organization has none of this digest. */
  lengthOf(blob: BlobAddress): Promise<number | undefined>;
  /** The bytes from `start` to `end` (inclusive), in pieces: never more than one piece is in memory for a large blob. */
  read(blob: BlobAddress, part: { start: number; end: number }): AsyncGenerator<Uint8Array>;
};

const pieceBytes = 512 * 1024;
const cacheBytesMax = 64 * 1024 * 1024;

/** Reads content-addressed bytes. Small blobs stay in memory for a while: all devices of a wave ask for the same ones at once. */
export function createBlobs(store: Pick<Store, 'query'>): Blobs {
  const small = new LRUCache<string, Buffer>({ maxSize: cacheBytesMax, sizeCalculation: (bytes) => bytes.length + 200 });
  const lengths = new LRUCache<string, number>({ max: 10_000 });
  const keyOf = ({ organizationId, sha256 }: BlobAddress): string => `${organizationId} ${sha256}`;

  const lengthOf = async (blob: BlobAddress): Promise<number | undefined> => {
    const key = keyOf(blob);
    const known = lengths.get(key);
    if (known !== undefined) return known;
    const first = await readBlob(store, blob, { offset: 0, size: pieceBytes });
    if (first === undefined) return undefined;
    lengths.set(key, first.length);
    if (first.bytes.length === first.length) small.set(key, first.bytes);
    return first.length;
  };
  return {
    lengthOf,
    read: async function* (blob, { start, end }) {
      const cached = small.get(keyOf(blob));
      if (cached !== undefined) {
        yield cached.subarray(start, end + 1);
        return;
      }
      for (let offset = start; offset <= end; offset += pieceBytes) {
        const part = await readBlob(store, blob, { offset, size: Math.min(pieceBytes, end + 1 - offset) });
        if (part === undefined) throw new Error(`the blob ${blob.sha256} vanished while it was read`);
        yield part.bytes;
      }
    },
  };
}
