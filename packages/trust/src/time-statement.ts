import type { Envelope, TimeStatement } from '@sluice/contracts';
import { verifyEnvelope } from './dsse.ts';
import { TrustError } from './errors.ts';
import { readObject, readTimestamp, readUuid } from './parse.ts';
import { parseCanonicalJson, payloadTypes, signPayload } from './payload.ts';
import { keysForRole, type TrustedRoot } from './root.ts';
import type { Signer } from './signing-key.ts';

const timeBytesMax = 1024;

export type TimeExpectation = {
  organizationId: string;
  /** The latest time (epoch milliseconds) this device ever saw signed; 0 when none. */
  floor: number;
  /** How much older than the floor a statement may be, because caches keep one for a while. */
  toleranceMs: number;
};

/** Signs a time statement. */
export function signTime(statement: TimeStatement, signers: readonly Signer[]): Envelope {
  return signPayload(payloadTypes.time, statement, parseTimeStatement, signers);
}

/**
 * Verifies a time statement. The device's next floor is the later of the old floor and the statement's time.
 * Only the floor is compared, never the device's own clock: a wrong clock must not look like an attack.
 * @throws {TrustError} FREEZE_SUSPECTED when the statement is older than the floor by more than the tolerance, SIGNATURE,
 *   WRONG_DEVICE for another organization, ENDLESS_DATA, MALFORMED
 */
export function verifyTime(value: unknown, root: TrustedRoot, expectation: TimeExpectation): TimeStatement {
  const payload = verifyEnvelope(value, { ...keysForRole(root, 'time'), payloadType: payloadTypes.time, payloadBytesMax: timeBytesMax });
  const statement = parseTimeStatement(parseCanonicalJson(payload));
  if (statement.organizationId !== expectation.organizationId) {
    throw new TrustError(
      'WRONG_DEVICE',
      `The time is of organization ${statement.organizationId}, this device is of ${expectation.organizationId}.`,
    );
  }
  if (Date.parse(statement.time) + expectation.toleranceMs < expectation.floor) {
    const floor = new Date(expectation.floor).toISOString();
    throw new TrustError('FREEZE_SUSPECTED', `The signed time ${statement.time} is older than ${floor}, which was seen before.`);
  }
  return statement;
}

/** Reads a time statement strictly. @throws {TrustError} MALFORMED */
export function parseTimeStatement(value: unknown): TimeStatement {
  const { organizationId, time } = readObject(value, '', ['organizationId', 'time']);
  return { organizationId: readUuid(organizationId, '/organizationId'), time: readTimestamp(time, '/time') };
}
