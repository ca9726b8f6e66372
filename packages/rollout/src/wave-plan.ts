import { createHash } from 'node:crypto';
import type { RolloutPolicy } from '@sluice/contracts';
import { lateWaveOf } from './late-wave.ts';

export interface PlannedWave {
  readonly index: number;
  readonly size: number;
  /** Position of its first device in the rollout's order, counting from 0: the wave takes positions [first, first + size). */
  readonly first: number;
  /** An empty wave will be `skipped`; it is never evidence of success. */
  readonly empty: boolean;
}

/**
 * Cuts devices into the policy's waves. The sizes are integers and add up to exactly `eligibleCount`.
 *
 * - `labels` takes the devices that {@link waveByLabels} gives it; all other waves share the rest, which the numbers below are about;
 * - `count` takes so many, or what is left;
 * - `percent` is cumulative and rounds up: 10 % of 3 devices is 1 device, so that a canary wave is empty only when nothing is left;
 * - `rest` takes all that is left. So does the last of these waves whatever its size, so that no device is dropped
 *   ({@link validatePolicy} refuses policies whose last wave does not say so itself).
 *
 * @param byLabels how many devices each wave takes by its labels
 * @param late how many devices besides are offline and wait for the late wave, which is last if the policy has one
 */
export function planWaves(
  policy: Pick<RolloutPolicy, 'waves' | 'membership' | 'offline'>,
  eligibleCount: number,
  byLabels: ReadonlyMap<number, number> = new Map(),
  late = 0,
): readonly PlannedWave[] {
  const shared = eligibleCount - [...byLabels.values()].reduce((sum, size) => sum + size, 0);
  const lastShared = policy.waves.findLastIndex(({ size }) => size.kind !== 'labels');
  let first = 0;
  const waves = policy.waves.map(({ size }, index) => {
    if (size.kind === 'labels') {
      const selected = byLabels.get(index) ?? 0;
      return { index, size: selected, first, empty: selected === 0 };
    }
    const left = shared - first;
    const isLast = index === lastShared;
    let wanted = left;
    if (!isLast && size.kind === 'count') wanted = size.count;
    if (!isLast && size.kind === 'percent') wanted = Math.floor((shared * size.percent + 99) / 100) - first;
    const taken = Math.max(0, Math.min(left, wanted));
    const wave = { index, size: taken, first, empty: taken === 0 };
    first += taken;
    return wave;
  });
  const index = lateWaveOf(policy);
  return index === null ? waves : [...waves, { index, size: late, first, empty: late === 0 }];
}

type LabelsOf = { readonly labels: Readonly<Record<string, string>> };

/**
 * The wave that takes a device by its labels: the first that names them; null: none does.
 * In SQL: `labels @> match_labels`, the first wave first.
 */
export function waveByLabels(policy: Pick<RolloutPolicy, 'waves'>, { labels }: LabelsOf): number | null {
  const wave = policy.waves.findIndex(
    ({ size }) => size.kind === 'labels' && Object.entries(size.matchLabels).every(([key, value]) => labels[key] === value),
  );
  return wave === -1 ? null : wave;
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
 *
 * With `spreadBy`, the devices of each value of the label are put at even distances over the whole: the n-th of m stands at (2n − 1)/(2m), so
 * that any first part of the order holds its share of each value, to within one device.
 * In SQL: `ORDER BY (2 * row_number() OVER (PARTITION BY value ORDER BY …) - 1)::numeric / (2 * count(*) OVER (PARTITION BY value)), …`.
 */
export function orderDevices<D extends OrderedDevice & Partial<LabelsOf>>(
  devices: readonly D[],
  order: RolloutPolicy['order'],
  seed: string,
  spreadBy?: string,
): readonly D[] {
  const keyed = devices.map((device) => ({ device, key: order === 'name' ? device.name : randomOrderKey(seed, device.id) }));
  keyed.sort((a, b) => compareCodePoints(a.key, b.key) || compareCodePoints(a.device.id, b.device.id));
  const ordered = keyed.map(({ device }) => device);
  return spreadBy === undefined ? ordered : spread(ordered, (device) => device.labels?.[spreadBy] ?? '');
}

function spread<D>(ordered: readonly D[], labelOf: (device: D) => string): readonly D[] {
  const sizes = new Map<string, number>();
  for (const device of ordered) sizes.set(labelOf(device), (sizes.get(labelOf(device)) ?? 0) + 1);
  const seen = new Map<string, number>();
  const placed = ordered.map((device, place) => {
    const value = labelOf(device);
    const rank = (seen.get(value) ?? 0) + 1;
    seen.set(value, rank);
    return { device, place, part: 2 * rank - 1, whole: 2 * (sizes.get(value) ?? 1) };
  });
  // Fractions are compared as whole numbers.
  placed.sort((a, b) => a.part * b.whole - b.part * a.whole || a.place - b.place);
  return placed.map(({ device }) => device);
}

/** Compares as Postgres does under `COLLATE "C"` with UTF-8: by code point, not by UTF-16 unit. */
function compareCodePoints(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a, 'utf8'), Buffer.from(b, 'utf8'));
}
