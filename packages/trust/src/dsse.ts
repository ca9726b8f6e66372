import type { Envelope } from '@sluice/contracts';
import { decodeBase64, encodeBase64 } from './base64.ts';
import { sha256Hex } from './digest.ts';
import { TrustError } from './errors.ts';
import { readArray, readDigest, readObject, readString } from './parse.ts';
import { type Signer, signBytes, verifyBytes } from './signing-key.ts';

/** Keys that may sign, by key id (values: base64 of the raw public key), and how many different ones have to. */
export type KeySet = { keys: ReadonlyMap<string, string>; threshold: number };

/** Signatures looked at per envelope; more are refused before any is checked. */
export const envelopeSignaturesMax = 16;
/** Default cap of a payload, in bytes. */
export const payloadBytesMax = 4 * 1024 * 1024;

/** DSSE's pre-authentication encoding: what is signed, so that neither type nor payload can be shifted into the other (DSSE protocol v1). */
export function pae(payloadType: string, payload: Uint8Array): Uint8Array {
  const header = `DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${payload.length} `;
  return new Uint8Array(Buffer.concat([Buffer.from(header), payload]));
}

/** Signs a payload with every given key. */
export function signEnvelope(content: { payloadType: string; payload: Uint8Array }, signers: readonly Signer[]): Envelope {
  const message = pae(content.payloadType, content.payload);
  return {
    payloadType: content.payloadType,
    payload: encodeBase64(content.payload),
    signatures: signers.map(({ keyId, privateKey }) => ({ keyid: keyId, sig: encodeBase64(signBytes(message, privateKey)) })),
  };
}

/**
 * Reads an envelope strictly, without checking any signature.
 * @throws {TrustError} ENDLESS_DATA when the payload is longer than `bytesMax`, MALFORMED
 */
export function parseEnvelope(value: unknown, bytesMax: number = payloadBytesMax): Envelope {
  const members = readObject(value, '', ['payloadType', 'payload', 'signatures']);
  const base64LengthMax = 4 * Math.ceil(bytesMax / 3);
  if (typeof members['payload'] === 'string' && members['payload'].length > base64LengthMax) {
    throw new TrustError('ENDLESS_DATA', `The payload is longer than ${bytesMax} bytes.`);
  }
  if (Array.isArray(members['signatures']) && members['signatures'].length > envelopeSignaturesMax) {
    throw new TrustError('ENDLESS_DATA', `The envelope has more than ${envelopeSignaturesMax} signatures.`);
  }
  return {
    payloadType: readString(members['payloadType'], '/payloadType', 200),
    payload: readString(members['payload'], '/payload', base64LengthMax),
    signatures: readArray(members['signatures'], '/signatures', envelopeSignaturesMax, (signature, at) => {
      const { keyid, sig } = readObject(signature, at, ['keyid', 'sig']);
      return { keyid: readDigest(keyid, `${at}/keyid`), sig: readString(sig, `${at}/sig`, 88) };
    }),
  };
}

/**
 * Verifies an envelope and returns the exact bytes that were signed. Parse those, never the envelope's text.
 * A key counts once, however often it signed; signatures of unknown keys and wrong signatures count nothing.
 * @throws {TrustError} SIGNATURE when fewer than `threshold` keys signed or the payload is of another type, ENDLESS_DATA, MALFORMED
 */
export function verifyEnvelope(value: unknown, expectation: KeySet & { payloadType: string; payloadBytesMax?: number }): Uint8Array {
  const envelope = parseEnvelope(value, expectation.payloadBytesMax);
  if (envelope.payloadType !== expectation.payloadType) {
    throw new TrustError('SIGNATURE', `The envelope holds "${envelope.payloadType}" instead of "${expectation.payloadType}".`);
  }
  const payload = decodeBase64(envelope.payload, 'payload');
  const signatures = envelope.signatures.map(({ keyid, sig }) => ({ keyId: keyid, signature: decodeBase64(sig, 'signature') }));
  requireThreshold(pae(envelope.payloadType, payload), signatures, expectation);
  return payload;
}

/** Throws SIGNATURE unless at least `threshold` different keys of the set signed the message. */
export function requireThreshold(
  message: Uint8Array,
  signatures: readonly { keyId: string; signature: Uint8Array }[],
  keySet: KeySet,
): void {
  if (!Number.isSafeInteger(keySet.threshold) || keySet.threshold < 1) throw new TrustError('MALFORMED', 'A threshold is at least 1.');
  const valid = new Set<string>();
  for (const { keyId, signature } of signatures) {
    const publicKey = keySet.keys.get(keyId);
    // Counting public keys, not ids, keeps one key under two ids from counting twice.
    if (publicKey !== undefined && !valid.has(publicKey) && verifyBytes(message, signature, publicKey)) valid.add(publicKey);
  }
  if (valid.size < keySet.threshold) {
    throw new TrustError('SIGNATURE', `${valid.size} of the ${keySet.threshold} required keys signed this.`);
  }
}

/** The digest by which a signed object is named: SHA-256 of its payload's exact bytes. */
export function payloadDigest(envelope: Envelope): string {
  return sha256Hex(decodeBase64(envelope.payload, 'payload'));
}
