import type { payloadTypes as ContractPayloadTypes, Envelope } from '@sluice/contracts';
import { canonicalJson } from './canonical-json.ts';
import { signEnvelope } from './dsse.ts';
import { TrustError } from './errors.ts';
import type { Signer } from './signing-key.ts';

/** The types of signed payloads. The contract's own, repeated here because this package takes only types from it. */
export const payloadTypes = {
  release: 'application/vnd.sluice.release.v1+json',
  assignment: 'application/vnd.sluice.assignment.v1+json',
  time: 'application/vnd.sluice.time.v1+json',
} as const satisfies typeof ContractPayloadTypes;

/**
 * Parses the bytes of a payload. They must be canonical JSON (RFC 8785): so there is one reading of them, without duplicate members.
 * @throws {TrustError} MALFORMED
 */
export function parseCanonicalJson(bytes: Uint8Array): unknown {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (cause) {
    throw new TrustError('MALFORMED', 'The payload is not JSON in UTF-8.', { cause });
  }
  if (Buffer.compare(canonicalJson(value), bytes) !== 0) throw new TrustError('MALFORMED', 'The payload is not canonical JSON (RFC 8785).');
  return value;
}

/** Signs the canonical JSON of a value that its parser accepts, so that nothing is ever signed which a device would refuse to read. */
export function signPayload<T>(payloadType: string, value: T, parse: (value: unknown) => T, signers: readonly Signer[]): Envelope {
  return signEnvelope({ payloadType, payload: canonicalJson(parse(value)) }, signers);
}
