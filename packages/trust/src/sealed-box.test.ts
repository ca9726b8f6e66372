import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeBase64 } from './base64.ts';
import { credentialsContext, generateSealingKey, open, seal, sealingKeyFromSeed } from './sealed-box.ts';
import { overTheWire, refusal } from './testing/fixtures.ts';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const recipient = generateSealingKey();
const aad = text('device 7');

describe('sealed boxes', () => {
  it('when another implementation seals with the same keys, the box is the same and opens', () => {
    const privateKey = 'MC4CAQAwBQYDK2VuBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f';
    const publicKey = 'j0DFrbaPJWJK5bIU6nZ6bslNgp09e14a0bpvPiE4KF8=';
    const box = {
      ephemeralPublicKey: 'fZwkMWU5glwYluV/KBl3Rnk85gy+461H2p0HuF+lXio=',
      nonce: 'yMnKy8zNzs/Q0dLT',
      ciphertext: 'LSWB96dNw/2EWSgZWw==',
      tag: 'ZN1IwFhEC7VuKb2yG0P39A==',
    };
    const count = (start: number, length: number): Uint8Array => Uint8Array.from({ length }, (_, index) => start + index);
    expect(seal(publicKey, text('geheim: pä55'), aad, (length) => count(length === 32 ? 100 : 200, length))).toEqual(box);
    expect(open(privateKey, box, aad)).toEqual(text('geheim: pä55'));
  });

  it('when something is sealed, only its key and purpose open it', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), (plaintext, purpose) => {
        const box = overTheWire(seal(recipient.publicKey, plaintext, purpose));
        expect(open(recipient.privateKey, box, purpose)).toEqual(plaintext);
        expect(() => open(recipient.privateKey, box, new Uint8Array([...purpose, 0]))).toThrow(refusal('HASH_MISMATCH'));
        expect(() => open(generateSealingKey().privateKey, box, purpose)).toThrow(refusal('HASH_MISMATCH'));
      }),
      { numRuns: 30 },
    );
  });

  it('when a key is made from a seed, the same seed makes it again, and what is sealed for one application opens for no other', () => {
    const [key, again] = [sealingKeyFromSeed(new Uint8Array(32).fill(7)), sealingKeyFromSeed(new Uint8Array(32).fill(7))];
    expect(again).toEqual(key);
    expect(sealingKeyFromSeed(new Uint8Array(32).fill(8)).publicKey).not.toBe(key.publicKey);
    const box = seal(key.publicKey, text('x'), credentialsContext({ organizationId: 'a', applicationId: 'b' }));
    expect(open(again.privateKey, box, credentialsContext({ organizationId: 'a', applicationId: 'b' }))).toEqual(text('x'));
    for (const [organizationId, applicationId] of [
      ['a', 'c'],
      ['c', 'b'],
    ] as const) {
      expect(() => open(key.privateKey, box, credentialsContext({ organizationId, applicationId }))).toThrow(refusal('HASH_MISMATCH'));
    }
    expect(() => sealingKeyFromSeed(new Uint8Array(31))).toThrow(refusal('MALFORMED'));
  });

  it('when the same is sealed twice, no member repeats', () => {
    const [first, second] = [seal(recipient.publicKey, text('x'), aad), seal(recipient.publicKey, text('x'), aad)];
    for (const name of ['ephemeralPublicKey', 'nonce', 'tag'] as const) expect(first[name]).not.toBe(second[name]);
  });

  it('when any single bit of any member is flipped, it does not open', () => {
    const box = seal(recipient.publicKey, text('some secret'), aad);
    for (const name of ['ephemeralPublicKey', 'nonce', 'ciphertext', 'tag'] as const) {
      const bytes = new Uint8Array(Buffer.from(box[name], 'base64'));
      for (let bit = 0; bit < bytes.length * 8; bit += 1) {
        // X25519 ignores the top bit of a public key by design (RFC 7748 section 5); the key derivation binds it all the same.
        const changed = bytes.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
        expect(() => open(recipient.privateKey, { ...box, [name]: encodeBase64(changed) }, aad), `${name} ${bit}`).toThrow(
          refusal('HASH_MISMATCH'),
        );
      }
    }
  });

  it.each([1, 4, 12, 15])('when the tag is cut to %i bytes, it is refused', (length) => {
    const box = seal(recipient.publicKey, text('some secret'), aad);
    const tag = encodeBase64(new Uint8Array(Buffer.from(box.tag, 'base64')).subarray(0, length));
    expect(() => open(recipient.privateKey, { ...box, tag }, aad)).toThrow(refusal('MALFORMED'));
  });

  it('when the ephemeral key is a point of small order, it is refused', () => {
    const box = { ...seal(recipient.publicKey, text('x'), aad), ephemeralPublicKey: encodeBase64(new Uint8Array(32)) };
    expect(() => open(recipient.privateKey, box, aad)).toThrow(refusal('HASH_MISMATCH'));
  });

  it('when a member is missing or unknown, it is refused', () => {
    const { tag, ...rest } = seal(recipient.publicKey, text('x'), aad);
    expect(() => open(recipient.privateKey, rest, aad)).toThrow(refusal('MALFORMED'));
    expect(() => open(recipient.privateKey, { ...rest, tag, more: 1 }, aad)).toThrow(refusal('MALFORMED'));
  });
});
