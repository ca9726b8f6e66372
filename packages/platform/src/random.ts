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
  return format(clock.now(), Buffer.from(random.randomBytes(16)));
}

/** A clock that is set back by more than this is believed, else the ids of the last moment go on. Milliseconds. */
const setBackMs = 10_000;
const counterMax = 0xfff;

/**
 * A source of UUIDs of version 7 of which each sorts after the one before, also within one millisecond (RFC 9562, 6.2, method 1: the 12 bits after
 * the time count). Whatever is listed newest first by its id is so, then.
 */
export function createUuids(clock: Pick<Clock, 'now'>, random: Pick<Random, 'randomBytes'>): () => string {
  let lastMs = Number.NEGATIVE_INFINITY;
  let counter = 0;
  return () => {
    const bytes = Buffer.from(random.randomBytes(16));
    const now = clock.now();
    if (now > lastMs || now < lastMs - setBackMs) {
      lastMs = now;
      // Begins in the lower half, so that there is room to count.
      counter = bytes.readUInt16BE(6) & (counterMax >> 1);
    } else if (counter < counterMax) {
      counter += 1;
    } else {
      lastMs += 1;
      counter = 0;
    }
    bytes.writeUInt16BE(counter, 6);
    return format(lastMs, bytes);
  };
}

/** Writes time, version and variant over 16 bytes. */
function format(ms: number, bytes: Buffer): string {
  bytes.writeUIntBE(ms, 0, 6);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x70, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
