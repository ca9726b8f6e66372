import type { Assignment, ChangeWindow, Envelope } from '@sluice/contracts';
import { verifyEnvelope } from './dsse.ts';
import { TrustError } from './errors.ts';
import { malformed, readArray, readDigest, readInteger, readNullable, readObject, readTimestamp, readUuid } from './parse.ts';
import { parseCanonicalJson, payloadTypes, signPayload } from './payload.ts';
import { keysForRole, type TrustedRoot } from './root.ts';
import type { Signer } from './signing-key.ts';

const assignmentBytesMax = 8 * 1024;

/** What a device knows about itself when an assignment arrives. */
export type AssignmentExpectation = {
  organizationId: string;
  deviceId: string;
  /** The epoch of the device's identity, from its enrollment or its last token. */
  epoch: number;
  /** The highest revision the device ever accepted in this epoch; 0 when none. */
  minimumRevision: number;
  /** Epoch milliseconds: the later of the device's clock and its time floor. */
  now: number;
};

/** Signs an assignment. */
export function signAssignment(assignment: Assignment, signers: readonly Signer[]): Envelope {
  return signPayload(payloadTypes.assignment, assignment, parseAssignment, signers);
}

/**
 * Verifies an assignment in the order of the device protocol: size, signature of the `director` role, mine, revision, epoch, expiry.
 * The same revision again is fine: it is re-signed with a later expiry.
 * @throws {TrustError} ENDLESS_DATA, SIGNATURE, WRONG_DEVICE (another device or organization, or a later identity of this one),
 *   ROLLBACK_DETECTED (lower revision or epoch), EXPIRED, MALFORMED
 */
export function verifyAssignment(value: unknown, root: TrustedRoot, expectation: AssignmentExpectation): Assignment {
  const payload = verifyEnvelope(value, {
    ...keysForRole(root, 'director'),
    payloadType: payloadTypes.assignment,
    payloadBytesMax: assignmentBytesMax,
  });
  const assignment = parseAssignment(parseCanonicalJson(payload));
  for (const name of ['organizationId', 'deviceId'] as const) {
    if (assignment[name] !== expectation[name]) {
      throw new TrustError('WRONG_DEVICE', `The assignment is for ${name} ${assignment[name]}, this is ${expectation[name]}.`);
    }
  }
  if (assignment.revision < expectation.minimumRevision) {
    throw new TrustError(
      'ROLLBACK_DETECTED',
      `Revision ${assignment.revision} is lower than ${expectation.minimumRevision}, which was accepted before.`,
    );
  }
  if (assignment.epoch < expectation.epoch) {
    throw new TrustError(
      'ROLLBACK_DETECTED',
      `The assignment is of epoch ${assignment.epoch}, this device is in epoch ${expectation.epoch}.`,
    );
  }
  if (assignment.epoch > expectation.epoch) {
    throw new TrustError(
      'WRONG_DEVICE',
      `The assignment is for epoch ${assignment.epoch} of this device, which is in ${expectation.epoch}; get a new token.`,
    );
  }
  if (expectation.now >= Date.parse(assignment.expiresAt)) {
    throw new TrustError('EXPIRED', `The assignment expired at ${assignment.expiresAt}.`);
  }
  return assignment;
}

const requiredMembers = [
  'organizationId',
  'deviceId',
  'revision',
  'epoch',
  'applicationId',
  'releaseDigest',
  'releaseCounter',
  'configurationDigest',
  'rolloutId',
  'deploymentId',
  'attempt',
  'issuedAt',
  'expiresAt',
] as const;
const windowsMax = 20;

/** Windows end after they begin, and come in the order in which they begin. */
function readWindows(value: unknown, at: string): ChangeWindow[] {
  const windows = readArray(value, at, windowsMax, (item, place) => {
    const members = readObject(item, place, ['opensAt', 'closesAt']);
    const window = {
      opensAt: readTimestamp(members['opensAt'], `${place}/opensAt`),
      closesAt: readTimestamp(members['closesAt'], `${place}/closesAt`),
    };
    if (Date.parse(window.opensAt) >= Date.parse(window.closesAt)) throw malformed(`${place}/closesAt`, 'a time after the opening');
    return window;
  });
  for (const [index, window] of windows.entries()) {
    const before = windows[index - 1];
    if (before !== undefined && Date.parse(before.opensAt) >= Date.parse(window.opensAt)) {
      throw malformed(`${at}/${index}/opensAt`, 'a time after the opening of the window before');
    }
  }
  return windows;
}

/** Reads an assignment strictly. @throws {TrustError} MALFORMED */
export function parseAssignment(value: unknown): Assignment {
  const members = readObject(value, '', requiredMembers, ['windows']);
  const assignment: Assignment = {
    organizationId: readUuid(members['organizationId'], '/organizationId'),
    deviceId: readUuid(members['deviceId'], '/deviceId'),
    revision: readInteger(members['revision'], '/revision', 1),
    epoch: readInteger(members['epoch'], '/epoch', 1),
    applicationId: readNullable(members['applicationId'], '/applicationId', readUuid),
    releaseDigest: readNullable(members['releaseDigest'], '/releaseDigest', readDigest),
    releaseCounter: readInteger(members['releaseCounter'], '/releaseCounter', 0),
    configurationDigest: readNullable(members['configurationDigest'], '/configurationDigest', readDigest),
    rolloutId: readNullable(members['rolloutId'], '/rolloutId', readUuid),
    deploymentId: readNullable(members['deploymentId'], '/deploymentId', readUuid),
    attempt: readInteger(members['attempt'], '/attempt', 0),
    ...(members['windows'] === undefined ? {} : { windows: readWindows(members['windows'], '/windows') }),
    issuedAt: readTimestamp(members['issuedAt'], '/issuedAt'),
    expiresAt: readTimestamp(members['expiresAt'], '/expiresAt'),
  };
  if (assignment.releaseDigest !== null && (assignment.applicationId === null || assignment.releaseCounter === 0)) {
    throw malformed('/releaseDigest', 'an application and a release counter beside it');
  }
  return assignment;
}
