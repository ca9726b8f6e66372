import { describe, expect, it } from 'vitest';
import { makeTrust, now, organizationId, otherId, overTheWire, refusal } from './testing/fixtures.ts';
import { signTime, verifyTime } from './time-statement.ts';

const { root, keys } = makeTrust();
const statement = { organizationId, time: new Date(now).toISOString() };
const envelope = signTime(statement, keys.time);

describe('verifyTime', () => {
  it('when it is signed by the time role and not older than the floor, it is believed', () => {
    expect(verifyTime(overTheWire(envelope), root, { organizationId, floor: 0, toleranceMs: 0 })).toEqual(statement);
    expect(verifyTime(envelope, root, { organizationId, floor: now, toleranceMs: 0 })).toEqual(statement);
  });

  it('when a cache kept it within the tolerance, it is believed; beyond it, a freeze is suspected', () => {
    expect(verifyTime(envelope, root, { organizationId, floor: now + 60_000, toleranceMs: 60_000 })).toEqual(statement);
    expect(() => verifyTime(envelope, root, { organizationId, floor: now + 60_001, toleranceMs: 60_000 })).toThrow(
      refusal('FREEZE_SUSPECTED'),
    );
  });

  it('when another role or another organization made it, it is refused', () => {
    const floor = { floor: 0, toleranceMs: 0 };
    expect(() => verifyTime(signTime(statement, keys.director), root, { organizationId, ...floor })).toThrow(refusal('SIGNATURE'));
    expect(() => verifyTime(envelope, root, { organizationId: otherId, ...floor })).toThrow(refusal('WRONG_DEVICE'));
  });
});
