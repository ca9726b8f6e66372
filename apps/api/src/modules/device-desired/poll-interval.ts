const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** A number in [0, 1) that is always the same for one text (FNV-1a, 32 bits): spreads a fleet evenly without remembering anything. */
export function spreadOf(text: string): number {
  let hash = FNV_OFFSET;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), FNV_PRIME);
  }
  // FNV's low bits are the well mixed ones; one more round moves them up for texts that differ only at their end.
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32;
}

/** When a device shall ask next: between a half and one and a half of the interval, always the same for one device. */
export function pollAfterMs(deviceId: string, intervalMs: number): number {
  return Math.round(intervalMs * (0.5 + spreadOf(deviceId)));
}

/** `Retry-After` (whole seconds) for a device of a herd that cannot be served at once: 5 to 35 seconds. */
export function retryAfterSeconds(deviceId: string): number {
  return 5 + Math.floor(spreadOf(deviceId) * 31);
}
