import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { deflate, deflateSync, inflateSync } from 'node:zlib';
import type { GitObjectType, StoredGitObject } from '@sluice/store';

/** An object of a git repository (gitformat-pack, "object types"): immutable, named by its content. */
export type GitObject = { oid: string; type: GitObjectType; content: Buffer };

/** Makes an object: its name is the SHA-1 over `<type> <length>\0<content>`. */
export function createGitObject(type: GitObjectType, content: Buffer): GitObject {
  const oid = createHash('sha1').update(`${type} ${content.length}\0`).update(content).digest('hex');
  return { oid, type, content };
}

/** From here on another thread compresses: the event loop serves devices meanwhile. */
const LARGE_BYTES = 32 * 1024;
const deflateAside = promisify(deflate);

/** The object as it is stored: compressed with zlib. */
export async function deflateGitObject({ oid, type, content }: GitObject): Promise<StoredGitObject> {
  const deflated = content.length < LARGE_BYTES ? deflateSync(content) : await deflateAside(content);
  return { oid, type, size: content.length, deflated };
}

/** The object behind its stored form. */
export function inflateGitObject({ oid, type, size, deflated }: StoredGitObject): GitObject {
  return { oid, type, content: inflateSync(deflated, { maxOutputLength: Math.max(size, 1) }) };
}
