import { randomBytes, randomInt } from 'node:crypto';

import type { Clock } from './clock.ts';

/** Randomness as a parameter. Every process uses `systemRandom`; tests use `seededRandom` from `./testing`. */
export type Random = {
  /** `size` unpredictable bytes. */
  randomBytes(size: number): Uint8Array;
  /** A number in [0, 1), for jitter and sampling; never for secrets. */
  fraction(): number;
};

const FRACTION_STEPS = 2 ** 47;

/** The operating system's cryptographic generator. */
export const systemRandom: Random = {
  randomBytes: (size) => randomBytes(size),
  fraction: () => randomInt(FRACTION_STEPS) / FRACTION_STEPS,
};

/**
 * Makes a UUID of version 7 (RFC 9562, 5.7): 48 bits of milliseconds, then 74 random bits.
 * Ids of different milliseconds sort by time; within one millisecond the order is random.
 */
export function uuidv7(clock: Pick<Clock, 'now'>, random: Pick<Random, 'randomBytes'>): string {
  const bytes = Buffer.from(random.randomBytes(16));
  bytes.writeUIntBE(clock.now(), 0, 6);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x70, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
