import { TrustError } from './errors.ts';

/** Bytes as base64 with padding (RFC 4648 section 4). */
export function encodeBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

/**
 * Bytes of strict base64: padded, no white space, no foreign characters, unused bits zero. So each byte string has exactly one spelling.
 * @param what the name of the value, for the message
 * @throws {TrustError} MALFORMED
 */
export function decodeBase64(text: string, what: string): Uint8Array {
  const bytes = Buffer.from(text, 'base64');
  // Node's decoder is lenient; encoding again shows whether it had to be.
  if (bytes.toString('base64') !== text) throw new TrustError('MALFORMED', `The ${what} is not base64 with padding.`);
  return new Uint8Array(bytes);
}

/** As `decodeBase64`, for values of a known length in bytes. */
export function decodeBase64Exactly(text: string, length: number, what: string): Uint8Array {
  const bytes = decodeBase64(text, what);
  if (bytes.length !== length) throw new TrustError('MALFORMED', `The ${what} has ${bytes.length} bytes instead of ${length}.`);
  return bytes;
}
