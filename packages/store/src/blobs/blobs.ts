import { createHash } from 'node:crypto';
import { joinBytes } from '../base/join-bytes.ts';
import { prepared } from '../base/prepared.ts';
import type { Reader } from '../base/reader.ts';
import type { Transaction } from '../base/transaction.ts';
import { notFound } from '../errors.ts';
import { blobLockSql } from './lock-blobs.ts';

export type StoredBlob = { sha256: string; length: number };

const PUT_BLOBS = prepared(
  `with held as materialized (select ${blobLockSql('shared', '$1::uuid')})
     insert into blob (organization_id, sha256, length, content, created_at)
     select $1::uuid, sha256, length, substring($5::bytea from at + 1 for length), $2
     from held cross join unnest($3::text[], $4::int[], $6::int[]) as new (sha256, length, at)
     on conflict do nothing`,
);

/** Keeps bytes under their SHA-256; bytes that are there already are not written again. The database checks the digest once more. */
export async function putBlobs(tx: Transaction, organizationId: string, contents: readonly Uint8Array[]): Promise<StoredBlob[]> {
  const blobs = contents.map((content) => ({
    sha256: createHash('sha256').update(content).digest('hex'),
    length: content.byteLength,
    content: Buffer.from(content.buffer, content.byteOffset, content.byteLength),
  }));
  // In one order for everybody: two transactions that keep the same blobs must not wait for each other crosswise.
  const distinct = [...new Map(blobs.map((blob) => [blob.sha256, blob])).values()].sort((a, b) => (a.sha256 < b.sha256 ? -1 : 1));
  const joined = joinBytes(distinct.map((blob) => blob.content));
  // What is there already is not written, and must not be removed until it is referred to: the lock comes before the first row.
  await tx.execute(PUT_BLOBS, [
    organizationId,
    tx.now,
    distinct.map((blob) => blob.sha256),
    distinct.map((blob) => blob.length),
    joined.bytes,
    joined.starts,
  ]);
  return blobs.map(({ sha256, length }) => ({ sha256, length }));
}

/** Keeps bytes under their SHA-256. */
export async function putBlob(tx: Transaction, organizationId: string, content: Uint8Array): Promise<StoredBlob> {
  const [blob] = await putBlobs(tx, organizationId, [content]);
  if (blob === undefined) throw new Error('a blob was not kept');
  return blob;
}

/** @throws StoreError NOT_FOUND */
export async function getBlob(reader: Reader, organizationId: string, sha256: string): Promise<Buffer> {
  const [row] = await reader.query<{ content: Buffer }>('select content from blob where organization_id = $1 and sha256 = $2', [
    organizationId,
    sha256,
  ]);
  if (row === undefined) throw notFound('blob', sha256);
  return row.content;
}
