/** Who of a wave waits for its offer, and for what: kept by clock and room, so that asking costs the same in any fleet. */
import type { OfferWait } from '../engine-input.ts';
import type { Random } from '../simulator/random.ts';
import type { RunInput } from './run-state.ts';
import type { Tables } from './run-tables.ts';

/** Devices that wait for the same things, in the order of the wave. */
interface Bucket {
  readonly clock: number;
  readonly rooms: readonly number[];
  places: number[];
  next: number;
  devices: number;
}

export interface Queue {
  /** Queues devices of a wave, in their order. */
  fill(wave: number, count: number): void;
  /** A device tries again, not before that time. */
  retry(place: number, at: number): void;
  /** How many may be offered the release now. */
  offerable(wave: number, now: number): number;
  waits(wave: number, now: number): readonly OfferWait[];
  /** Takes devices that may be offered the release now, as many as stand for `count`. */
  take(wave: number, count: number, moment: { now: number; random: Random }): readonly number[];
  /** A device of a wave that waits, does so no longer. */
  drop(wave: number, place: number): void;
  /** Nobody of a wave waits any more. */
  empty(wave: number): void;
}

/** Budgets free up when a device ends, which is looked at anyway; this is for what other things take. Milliseconds. */
const roomLookMs = 60_000;

/** @param tables of the same run */
export function createQueue({ fleet, waveSizes, windows, rooms }: RunInput, tables: Tables): Queue {
  const buckets = waveSizes.map(() => new Map<string, Bucket>());
  const retries = waveSizes.map((): { place: number; at: number }[] => []);

  const enter = (place: number): void => {
    const device = fleet.devices[place];
    if (device === undefined) return;
    const held = device.unhealthy ? [] : device.rooms;
    const clock = windows === null ? 0 : device.clock;
    const key = `${clock} ${held.join()}`;
    const ofWave = buckets[tables.waveOf(place)];
    const bucket = ofWave?.get(key) ?? { clock, rooms: held, places: [], next: 0, devices: 0 };
    bucket.places.push(place);
    bucket.devices += device.weight;
    ofWave?.set(key, bucket);
  };
  const comeBack = (wave: number, now: number): void => {
    const waiting = retries[wave];
    if (waiting === undefined || waiting.length === 0) return;
    for (const { place, at } of waiting) if (at <= now) enter(place);
    retries[wave] = waiting.filter(({ at }) => at > now);
  };
  const roomOf = (room: number): number => (rooms[room]?.limit ?? 0) - (tables.taken[room] ?? 0);
  const opensAt = (bucket: Bucket, now: number): number | null =>
    windows?.[bucket.clock]?.offersFrom(now) ?? (windows === null ? now : null);
  /** By bucket how many may be offered now: what one takes of a room, the next does not have. */
  const shares = (wave: number, now: number): { bucket: Bucket; devices: number }[] => {
    comeBack(wave, now);
    const left = new Map<number, number>();
    return [...(buckets[wave]?.values() ?? [])].flatMap((bucket) => {
      if (bucket.devices === 0 || opensAt(bucket, now) !== now) return [];
      const room = Math.min(...bucket.rooms.map((each) => left.get(each) ?? roomOf(each)));
      const devices = Math.max(0, Math.min(bucket.devices, room));
      for (const each of bucket.rooms) left.set(each, (left.get(each) ?? roomOf(each)) - devices);
      return devices === 0 ? [] : [{ bucket, devices }];
    });
  };
  return {
    fill: (wave, count) => {
      let queued = 0;
      for (const place of tables.scheduled(wave)) {
        if (queued >= count) return;
        queued += fleet.devices[place]?.weight ?? 1;
        tables.move(place, 'queued');
        enter(place);
      }
    },
    retry: (place, at) => {
      retries[tables.waveOf(place)]?.push({ place, at });
    },
    offerable: (wave, now) => shares(wave, now).reduce((sum, { devices }) => sum + devices, 0),
    waits: (wave, now) => [
      ...retryWaits(retries[wave] ?? [], (place) => fleet.devices[place]?.weight ?? 1),
      ...[...(buckets[wave]?.values() ?? [])].flatMap((bucket): OfferWait[] => {
        if (bucket.devices === 0) return [];
        const until = opensAt(bucket, now);
        if (until !== now) return [{ cause: 'window', name: windows?.[bucket.clock]?.zone ?? '', devices: bucket.devices, until }];
        const full = bucket.rooms.find((room) => roomOf(room) <= 0);
        const name = full === undefined ? undefined : rooms[full]?.name;
        return name === undefined ? [] : [{ cause: 'budget', name, devices: bucket.devices, until: now + roomLookMs }];
      }),
    ],
    take: (wave, count, { now, random }) => {
      const taken: number[] = [];
      let left = count;
      for (const { bucket, devices } of shares(wave, now)) {
        let share = Math.min(left, devices);
        while (share > 0) {
          const place = bucket.places[bucket.next];
          const weight = fleet.devices[place ?? 0]?.weight ?? 1;
          // A device that stands for many is offered as often as the rate lets so many through.
          if (place === undefined || (share < weight && random.integer(1, weight) > share)) break;
          bucket.next += 1;
          bucket.devices -= weight;
          share -= weight;
          left -= weight;
          taken.push(place);
        }
        if (left <= 0) break;
      }
      return taken;
    },
    drop: (wave, place) => {
      retries[wave] = (retries[wave] ?? []).filter((each) => each.place !== place);
      for (const bucket of buckets[wave]?.values() ?? []) {
        const index = bucket.places.indexOf(place, bucket.next);
        if (index === -1) continue;
        bucket.places.splice(index, 1);
        bucket.devices -= fleet.devices[place]?.weight ?? 1;
      }
    },
    empty: (wave) => {
      buckets[wave]?.clear();
      retries[wave] = [];
    },
  };
}

function retryWaits(waiting: readonly { place: number; at: number }[], weightOf: (place: number) => number): OfferWait[] {
  if (waiting.length === 0) return [];
  const devices = waiting.reduce((sum, { place }) => sum + weightOf(place), 0);
  return [{ cause: 'retry', name: '', devices, until: Math.min(...waiting.map(({ at }) => at)) }];
}
