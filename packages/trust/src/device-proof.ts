import type { KeyObject } from 'node:crypto';
import { decodeBase64Exactly, encodeBase64 } from './base64.ts';
import { canonicalJson } from './canonical-json.ts';
import { sha256Hex } from './digest.ts';
import { TrustError } from './errors.ts';
import { signBytes, verifyBytes } from './signing-key.ts';

/** What a device proves its key for. A proof for one purpose is worth nothing for another. */
export const deviceProofPurposes = ['enroll', 'token'] as const;
export type DeviceProofPurpose = (typeof deviceProofPurposes)[number];

/** What is signed: the purpose, the server's nonce, and the request's body without the signature itself (plain JSON data). */
export type DeviceProofContent = { purpose: DeviceProofPurpose; nonce: string; body: unknown };

/** No line breaks, so that the parts of the signed text cannot be shifted into each other. */
const noncePattern = /^[A-Za-z0-9._~+/=-]{1,1024}$/;

/**
 * Signs a request with the device's key; base64 of the 64 bytes.
 * @throws {TrustError} MALFORMED when the nonce or the body cannot be signed
 */
export function signDeviceProof(content: DeviceProofContent, privateKey: string | KeyObject): string {
  return encodeBase64(signBytes(proofBytes(content), privateKey));
}

/**
 * Verifies that the holder of a device key (base64 of the raw 32 bytes) made this request. Whether the nonce is ours and unused is the caller's to check.
 * @throws {TrustError} SIGNATURE, MALFORMED
 */
export function verifyDeviceProof(content: DeviceProofContent, proof: { publicKey: string; signature: string }): void {
  const signature = decodeBase64Exactly(proof.signature, 64, 'signature');
  if (!verifyBytes(proofBytes(content), signature, proof.publicKey)) {
    throw new TrustError('SIGNATURE', `The ${content.purpose} request was not signed by the device's key.`);
  }
}

function proofBytes({ purpose, nonce, body }: DeviceProofContent): Uint8Array {
  if (!noncePattern.test(nonce)) throw new TrustError('MALFORMED', 'The nonce has characters that a nonce cannot have.');
  return new TextEncoder().encode(`sluice-device-v1\n${purpose}\n${nonce}\n${sha256Hex(canonicalJson(body))}`);
}
