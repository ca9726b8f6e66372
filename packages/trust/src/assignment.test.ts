import type { Assignment } from '@sluice/contracts';
import { describe, expect, it } from 'vitest';
import { signAssignment, verifyAssignment } from './assignment.ts';
import { canonicalJson } from './canonical-json.ts';
import { signEnvelope } from './dsse.ts';
import { payloadTypes } from './payload.ts';
import { assignment, deviceId, makeTrust, now, organizationId, otherId, overTheWire, refusal } from './testing/fixtures.ts';

const { root, keys } = makeTrust();
const envelope = signAssignment(assignment, keys.director);
const expectation = { organizationId, deviceId, epoch: 2, minimumRevision: 7, now };

const later = { opensAt: assignment.issuedAt, closesAt: assignment.expiresAt };

describe('verifyAssignment', () => {
  it('when it is mine, current and signed by the director, it returns the assignment', () => {
    expect(verifyAssignment(overTheWire(envelope), root, expectation)).toEqual(assignment);
    expect(verifyAssignment(envelope, root, { ...expectation, minimumRevision: 0 })).toEqual(assignment);
  });

  it('when it says to run nothing, it is valid', () => {
    const nothing: Assignment = { ...assignment, applicationId: null, releaseDigest: null, releaseCounter: 0, configurationDigest: null };
    expect(verifyAssignment(signAssignment(nothing, keys.director), root, expectation)).toEqual(nothing);
  });

  it('when another role signed it, it is refused', () => {
    for (const signers of [keys.root, keys.release, keys.time]) {
      expect(() => verifyAssignment(signAssignment(assignment, signers), root, expectation)).toThrow(refusal('SIGNATURE'));
    }
  });

  it('when the same bytes were signed as something else, it is refused', () => {
    const other = signEnvelope({ payloadType: payloadTypes.time, payload: canonicalJson(assignment) }, keys.director);
    expect(() => verifyAssignment(other, root, expectation)).toThrow(refusal('SIGNATURE'));
    expect(() => verifyAssignment({ ...other, payloadType: payloadTypes.assignment }, root, expectation)).toThrow(refusal('SIGNATURE'));
  });

  it.each([
    ['another device', { deviceId: otherId }, 'WRONG_DEVICE'],
    ['another organization', { organizationId: otherId }, 'WRONG_DEVICE'],
    ['a revision below the one accepted before', { minimumRevision: 8 }, 'ROLLBACK_DETECTED'],
    ['an epoch that is over', { epoch: 3 }, 'ROLLBACK_DETECTED'],
    ['an epoch that this device is not in yet', { epoch: 1 }, 'WRONG_DEVICE'],
    ['a time that is over', { now: Date.parse(assignment.expiresAt) }, 'EXPIRED'],
  ] as const)('when it is for %s, it is refused', (_, change, code) => {
    expect(() => verifyAssignment(envelope, root, { ...expectation, ...change })).toThrow(refusal(code));
  });

  it('when several things are wrong, the order of the device protocol decides', () => {
    const all = { organizationId, deviceId: otherId, epoch: 3, minimumRevision: 8, now: Number.MAX_SAFE_INTEGER };
    const codeOf = (change: Partial<typeof all>): string => {
      try {
        verifyAssignment(envelope, root, { ...all, ...change });
        return 'none';
      } catch (error) {
        return (error as { code: string; message: string }).message;
      }
    };
    expect(codeOf({})).toMatch(/is for deviceId/);
    expect(codeOf({ deviceId })).toMatch(/^Revision/);
    expect(codeOf({ deviceId, minimumRevision: 7 })).toMatch(/epoch/);
    expect(codeOf({ deviceId, minimumRevision: 7, epoch: 2 })).toMatch(/expired/);
  });

  it('when it expires a moment later, it is still good', () => {
    expect(verifyAssignment(envelope, root, { ...expectation, now: Date.parse(assignment.expiresAt) - 1 })).toEqual(assignment);
  });

  it('when it is far too long, it is refused unread', () => {
    const long = signEnvelope({ payloadType: payloadTypes.assignment, payload: new Uint8Array(9000) }, keys.director);
    expect(() => verifyAssignment(long, root, expectation)).toThrow(refusal('ENDLESS_DATA'));
  });

  it.each<[string, object]>([
    ['a release without an application', { applicationId: null }],
    ['a release without a counter', { releaseCounter: 0 }],
    ['revision zero', { revision: 0 }],
    ['a fraction as attempt', { attempt: 0.5 }],
    ['an unknown member', { command: 'reboot' }],
    ['no expiry', { expiresAt: null }],
    ['a window that ends as it begins', { windows: [{ opensAt: assignment.issuedAt, closesAt: assignment.issuedAt }] }],
    ['windows that are out of order', { windows: [{ ...later }, { ...later }] }],
    ['a window with a reason', { windows: [{ ...later, reason: 'night' }] }],
  ])('when it has %s, it is refused though signed', (_, change) => {
    const payload = canonicalJson({ ...assignment, ...change });
    const value = signEnvelope({ payloadType: payloadTypes.assignment, payload }, keys.director);
    expect(() => verifyAssignment(value, root, expectation)).toThrow(refusal('MALFORMED'));
  });
});
