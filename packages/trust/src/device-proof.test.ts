import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DeviceProofContent, signDeviceProof, verifyDeviceProof } from './device-proof.ts';
import { exportPrivateKey, privateKeyFromRaw } from './key-object.ts';
import { generateSigningKey, signingKeyFromPrivateKey } from './signing-key.ts';
import { overTheWire, refusal } from './testing/fixtures.ts';

const key = generateSigningKey();
const content: DeviceProofContent = { purpose: 'enroll', nonce: 'abc.123', body: { publicKey: 'x', inventory: { cpu: 4 } } };
const proof = { publicKey: key.publicKey, signature: signDeviceProof(content, key.privateKey) };

describe('device proofs', () => {
  it('when another implementation signs the same request, the proof is the same', () => {
    const seed = new Uint8Array(Buffer.from('c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7', 'hex'));
    const { privateKey } = signingKeyFromPrivateKey(exportPrivateKey(privateKeyFromRaw('ed25519', seed)));
    expect(signDeviceProof(content, privateKey)).toBe(
      'vbxigyeGD7GVjyYHHzG+Z2fOsPOITlUYwzah0DeT2fpLfF/8bezEBg64nYQINC219I/aL+yWmlMpUaulpkr6BA==',
    );
  });

  it('when the holder of the key made it, it is good, in whatever order the members arrive', () => {
    expect(() => verifyDeviceProof(overTheWire(content), proof)).not.toThrow();
    const body = { inventory: { cpu: 4 }, publicKey: 'x' };
    expect(() => verifyDeviceProof({ ...content, body }, proof)).not.toThrow();
  });

  it.each<[string, Partial<DeviceProofContent>]>([
    ['purpose', { purpose: 'token' }],
    ['nonce', { nonce: 'abc.124' }],
    ['body', { body: { publicKey: 'x', inventory: { cpu: 5 } } }],
  ])('when it was made for another %s, it is worth nothing', (_, change) => {
    expect(() => verifyDeviceProof({ ...content, ...change }, proof)).toThrow(refusal('SIGNATURE'));
  });

  it('when any byte of the signature is flipped, or the key is another one, it is refused', () => {
    fc.assert(
      fc.property(fc.nat(63), fc.integer({ min: 1, max: 255 }), (index, mask) => {
        const bytes = Buffer.from(proof.signature, 'base64');
        bytes[index] = (bytes[index] ?? 0) ^ mask;
        expect(() => verifyDeviceProof(content, { ...proof, signature: bytes.toString('base64') })).toThrow(refusal('SIGNATURE'));
      }),
    );
    expect(() => verifyDeviceProof(content, { ...proof, publicKey: generateSigningKey().publicKey })).toThrow(refusal('SIGNATURE'));
  });

  it.each(['', 'a\nb', 'a b', 'ä', 'a'.repeat(1025)])('when the nonce is %j, nothing is signed or verified', (nonce) => {
    expect(() => signDeviceProof({ ...content, nonce }, key.privateKey)).toThrow(refusal('MALFORMED'));
    expect(() => verifyDeviceProof({ ...content, nonce }, proof)).toThrow(refusal('MALFORMED'));
  });

  it('when the signature has another length or spelling, it is refused', () => {
    expect(() => verifyDeviceProof(content, { ...proof, signature: 'AAAA' })).toThrow(refusal('MALFORMED'));
    expect(() => verifyDeviceProof(content, { ...proof, signature: ` ${proof.signature}` })).toThrow(refusal('MALFORMED'));
  });
});
