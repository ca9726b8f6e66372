import { createHash } from 'node:crypto';
import type { RolloutPolicy } from '@sluice/contracts';

export interface PlannedWave {
  readonly index: number;
  readonly size: number;
  /** Position of its first device in the rollout's order, counting from 0: the wave takes positions [first, first + size). */
  readonly first: number;
  /** An empty wave will be `skipped`; it is never evidence of success. */
  readonly empty: boolean;
}

/**
 * Cuts `eligibleCount` devices into the policy's waves. The sizes are integers and add up to exactly `eligibleCount`.
 *
 * - `count` takes so many, or what is left;
 * - `percent` is cumulative and rounds up: 10 % of 3 devices is 1 device, so that a canary wave is empty only when nothing is left;
 * - `rest` takes all that is left. So does the last wave whatever its size, so that no device is dropped
 *   ({@link validatePolicy} refuses policies whose last wave does not say so itself).
 */
export function planWaves(policy: Pick<RolloutPolicy, 'waves'>, eligibleCount: number): readonly PlannedWave[] {
  let first = 0;
  return policy.waves.map(({ size }, index) => {
    const left = eligibleCount - first;
    const isLast = index === policy.waves.length - 1;
    let wanted = left;
    if (!isLast && size.kind === 'count') wanted = size.count;
    if (!isLast && size.kind === 'percent') wanted = Math.floor((eligibleCount * size.percent + 99) / 100) - first;
    const taken = Math.max(0, Math.min(left, wanted));
    const wave = { index, size: taken, first, empty: taken === 0 };
    first += taken;
    return wave;
  });
}

/** The part of a device that its place in a rollout depends on. */
export interface OrderedDevice {
  readonly id: string;
  readonly name: string;
}

/**
 * Where a device stands in a random order: hexadecimal SHA-256 of `seed:id` in UTF-8. The same seed gives the same order everywhere.
 * In SQL: `ORDER BY sha256(convert_to($seed || ':' || id::text, 'UTF8')), id`.
 */
export function randomOrderKey(seed: string, deviceId: string): string {
  return createHash('sha256').update(`${seed}:${deviceId}`, 'utf8').digest('hex');
}

/**
 * The order in which the devices of a rollout fill its waves. Ties are broken by id.
 * `name` compares code points. In SQL: `ORDER BY name COLLATE "C", id`.
 */
export function orderDevices<D extends OrderedDevice>(devices: readonly D[], order: RolloutPolicy['order'], seed: string): readonly D[] {
  const keyed = devices.map((device) => ({ device, key: order === 'name' ? device.name : randomOrderKey(seed, device.id) }));
  keyed.sort((a, b) => compareCodePoints(a.key, b.key) || compareCodePoints(a.device.id, b.device.id));
  return keyed.map(({ device }) => device);
}

/** Compares as Postgres does under `COLLATE "C"` with UTF-8: by code point, not by UTF-16 unit. */
function compareCodePoints(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a, 'utf8'), Buffer.from(b, 'utf8'));
}
