import { createHash } from 'node:crypto';

// RFC 6962 section 2.1: different prefixes keep a leaf from ever being taken for a node.
const leafPrefix = Uint8Array.of(0x00);
const nodePrefix = Uint8Array.of(0x01);
const hashLength = 32;

/** The leaf hash of an entry's bytes: SHA-256(0x00 ‖ bytes), RFC 6962 section 2.1. 32 bytes. */
export function leafHash(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha256').update(leafPrefix).update(bytes).digest());
}

/**
 * The hash of two neighbours in the tree: SHA-256(0x01 ‖ left ‖ right), RFC 6962 section 2.1. 32 bytes.
 * @throws {RangeError} when one of them is not a hash of 32 bytes
 */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  if (left.length !== hashLength || right.length !== hashLength) throw new RangeError('A node of the tree joins two hashes of 32 bytes.');
  return new Uint8Array(createHash('sha256').update(nodePrefix).update(left).update(right).digest());
}
