import { createHmac, timingSafeEqual } from 'node:crypto';
import { ApiError } from '../../problems/api-error.ts';

export type Nonces = {
  issue(): { nonce: string; expiresAt: string };
  /** @throws ApiError NONCE_INVALID when it is not ours or too old */
  check(nonce: string): void;
};

const lifetimeMs = 60_000;
const timeBytes = 6;
const randomBytes = 16;
const macBytes = 16;
const contentBytes = timeBytes + randomBytes;

/**
 * Challenges that nobody has to remember: time ‖ random ‖ HMAC-SHA-256 (its first half), base64url. A nonce can be used again within its minute,
 * but only with the signature that was made for it, by whom it was sent.
 * @param options.now epoch milliseconds
 */
export function createNonces(options: { key: Buffer; now: () => number; randomBytes: (size: number) => Uint8Array }): Nonces {
  const macOf = (content: Uint8Array): Buffer => createHmac('sha256', options.key).update(content).digest().subarray(0, macBytes);
  const invalid = (): ApiError =>
    new ApiError('NONCE_INVALID', 'The nonce is not valid or older than a minute: get one with POST /device/v1/nonce.');
  return {
    issue: () => {
      const now = options.now();
      const content = Buffer.alloc(contentBytes);
      content.writeUIntBE(now, 0, timeBytes);
      content.set(options.randomBytes(randomBytes), timeBytes);
      const nonce = Buffer.concat([content, macOf(content)]).toString('base64url');
      return { nonce, expiresAt: new Date(now + lifetimeMs).toISOString() };
    },
    check: (nonce) => {
      const bytes = Buffer.from(nonce, 'base64url');
      if (bytes.length !== contentBytes + macBytes || bytes.toString('base64url') !== nonce) throw invalid();
      const content = bytes.subarray(0, contentBytes);
      if (!timingSafeEqual(bytes.subarray(contentBytes), macOf(content))) throw invalid();
      const age = options.now() - content.readUIntBE(0, timeBytes);
      // From the future only by as much as the clocks of two replicas may differ.
      if (age >= lifetimeMs || age < -lifetimeMs) throw invalid();
    },
  };
}
