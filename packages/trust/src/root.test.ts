import { describe, expect, it } from 'vitest';
import { canonicalJson } from './canonical-json.ts';
import { checkRootExpiry, createRoot, keysForRole, type RoleKeys, verifyRoot, verifyRootRotation } from './root.ts';
import type { RootDocument } from './root-document.ts';
import { generateSigningKey, type SigningKey, signBytes } from './signing-key.ts';
import { now, overTheWire, refusal } from './testing/fixtures.ts';

const keys = Array.from({ length: 6 }, generateSigningKey) as [SigningKey, SigningKey, SigningKey, SigningKey, SigningKey, SigningKey];
const [rootA, rootB, rootC, release, director, time] = keys;
const one = (key: SigningKey): RoleKeys => ({ publicKeys: [key.publicKey], threshold: 1 });
const expiresAt = Date.parse('2027-01-31T00:00:00Z');

function makeRoot(version: number, root: RoleKeys, signers: SigningKey[]): RootDocument {
  const roles = { root, release: one(release), director: one(director), time: one(time) };
  return createRoot({ version, expiresAt: expiresAt + 750, roles, signers });
}

const twoOfTwo = { publicKeys: [rootA.publicKey, rootB.publicKey], threshold: 2 };
const document = makeRoot(1, twoOfTwo, [rootA, rootB]);

/** Changes what is signed and signs it again, as a careless or hostile holder of the keys would. */
function resigned(change: (signed: Record<string, unknown>) => void): unknown {
  const signed = overTheWire(document.signed) as unknown as Record<string, unknown>;
  change(signed);
  const signatures = [rootA, rootB].map(({ keyId, privateKey }) => ({
    keyid: keyId,
    sig: Buffer.from(signBytes(canonicalJson(signed), privateKey)).toString('hex'),
  }));
  return { signed, signatures };
}

describe('verifyRoot', () => {
  it('when enough of its own keys signed it, it is trusted', () => {
    const root = verifyRoot(overTheWire(document));
    expect(root).toMatchObject({ version: 1, expiresAt });
    expect(root.document.signed.expires).toBe('2027-01-31T00:00:00Z');
    expect(keysForRole(root, 'director')).toEqual({ threshold: 1, keys: new Map([[director.keyId, director.publicKey]]) });
  });

  it('when it carries no audit role, that role has no keys', () => {
    expect(keysForRole(verifyRoot(document), 'audit').keys.size).toBe(0);
  });

  it('when a signature is missing or repeated instead, it is refused', () => {
    expect(() => verifyRoot(makeRoot(1, twoOfTwo, [rootA]))).toThrow(refusal('SIGNATURE'));
    expect(() => verifyRoot(makeRoot(1, twoOfTwo, [rootA, rootA]))).toThrow(refusal('SIGNATURE'));
    expect(() => verifyRoot(makeRoot(1, twoOfTwo, [rootA, rootC]))).toThrow(refusal('SIGNATURE'));
  });

  it('when any single byte of it is flipped, it is refused', () => {
    const bytes = new TextEncoder().encode(JSON.stringify(document));
    for (let index = 0; index < bytes.length; index += 3) {
      const changed = bytes.map((byte, at) => (at === index ? byte ^ 1 : byte));
      expect(() => verifyRoot(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(changed))), `byte ${index}`).toThrow();
    }
  });

  it('when it holds members that a later version added, they are tolerated because they are signed', () => {
    const value = resigned((signed) => Object.assign(signed, { x_later: { a: 1 } }));
    expect(verifyRoot(value).version).toBe(1);
    expect(() => verifyRoot({ ...(value as object), signed: document.signed })).toThrow(refusal('SIGNATURE'));
  });

  it.each<[string, (signed: Record<string, unknown>) => void]>([
    [
      'a key under another id',
      (signed) =>
        Object.assign(signed, {
          keys: {
            ...(signed['keys'] as object),
            ['0'.repeat(64)]: { keytype: 'ed25519', scheme: 'ed25519', keyval: { public: '0'.repeat(64) } },
          },
        }),
    ],
    ['a role with a foreign key', (signed) => Object.assign(signed['roles'] as object, { time: { keyids: [rootC.keyId], threshold: 1 } })],
    [
      'a role with a key twice',
      (signed) => Object.assign(signed['roles'] as object, { time: { keyids: [time.keyId, time.keyId], threshold: 2 } }),
    ],
    ['a threshold of none', (signed) => Object.assign(signed['roles'] as object, { time: { keyids: [time.keyId], threshold: 0 } })],
    [
      'a threshold that cannot be reached',
      (signed) => Object.assign(signed['roles'] as object, { time: { keyids: [time.keyId], threshold: 2 } }),
    ],
    ['no director', (signed) => Reflect.deleteProperty(signed['roles'] as object, 'director')],
    ['an impossible day', (signed) => Object.assign(signed, { expires: '2027-02-30T00:00:00Z' })],
    ['another type', (signed) => Object.assign(signed, { _type: 'targets' })],
    ['version zero', (signed) => Object.assign(signed, { version: 0 })],
  ])('when it has %s, it is refused though signed', (_, change) => {
    expect(() => verifyRoot(resigned(change))).toThrow(refusal('MALFORMED'));
  });
});

describe('verifyRootRotation', () => {
  const trusted = verifyRoot(document);
  const next = one(rootC);

  it('when old and new keys signed the next version, it is followed', () => {
    const rotated = verifyRootRotation(trusted, overTheWire(makeRoot(2, next, [rootA, rootB, rootC])));
    expect(rotated.version).toBe(2);
    expect([...keysForRole(rotated, 'root').keys.keys()]).toEqual([rootC.keyId]);
  });

  it('when the old keys or the new key did not sign, it is refused', () => {
    expect(() => verifyRootRotation(trusted, makeRoot(2, next, [rootC]))).toThrow(refusal('SIGNATURE'));
    expect(() => verifyRootRotation(trusted, makeRoot(2, next, [rootA, rootC]))).toThrow(refusal('SIGNATURE'));
    expect(() => verifyRootRotation(trusted, makeRoot(2, next, [rootA, rootB]))).toThrow(refusal('SIGNATURE'));
  });

  it.each([1, 3])('when version %i would follow version 1, it is refused', (version) => {
    expect(() => verifyRootRotation(trusted, makeRoot(version, next, [rootA, rootB, rootC]))).toThrow(refusal('ROLLBACK_DETECTED'));
  });
});

describe('checkRootExpiry', () => {
  it('when its last moment is over, it is expired', () => {
    const root = verifyRoot(document);
    expect(() => checkRootExpiry(root, now)).not.toThrow();
    expect(() => checkRootExpiry(root, expiresAt - 1)).not.toThrow();
    expect(() => checkRootExpiry(root, expiresAt)).toThrow(refusal('EXPIRED'));
  });
});
