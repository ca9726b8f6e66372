import { VirtualClock } from '@sluice/platform/testing';
import type { DesiredState } from '@sluice/store';
import { beforeEach, describe, expect, it } from 'vitest';
import { createDesiredCache, type DesiredCache } from './desired-cache.ts';

const state = (deviceId: string, over: Partial<DesiredState> = {}): DesiredState => ({
  deviceId,
  organizationId: 'o',
  approval: 'approved',
  epoch: 1,
  revision: 1,
  captureId: null,
  logRequestId: null,
  ahead: false,
  ...over,
});

/** A database whose answers a test gives, one loading after another. */
type Loading = { deviceIds: readonly string[]; answer: (states: DesiredState[]) => void };

let clock: VirtualClock;
let loadings: Loading[];
let cache: DesiredCache;

beforeEach(() => {
  clock = new VirtualClock();
  loadings = [];
  cache = createDesiredCache({
    clock,
    devicesMax: 3,
    pollIntervalMs: 1_000,
    batchDelayMs: 2,
    load: (deviceIds) => new Promise((resolve) => loadings.push({ deviceIds, answer: resolve })),
  });
  cache.trust();
});

async function answerNext(...states: DesiredState[]): Promise<void> {
  await clock.advance(2);
  loadings.shift()?.answer(states);
  await clock.advance(0);
}

describe('createDesiredCache', () => {
  it('when many devices miss within a moment, they are loaded together, each once', async () => {
    const gets = ['a', 'b', 'a'].map((deviceId) => cache.get(deviceId));
    await clock.advance(2);
    expect(loadings.map((loading) => loading.deviceIds)).toEqual([['a', 'b']]);
    await answerNext(state('a'), state('b'));
    expect((await Promise.all(gets)).map((entry) => entry?.etag)).toEqual(['"1"', '"1"', '"1"']);
    expect((await cache.get('a'))?.live).toBe(true);
    expect(loadings).toHaveLength(0);
  });

  it('when a device does not exist, it answers undefined and remembers nothing', async () => {
    const get = cache.get('a');
    await answerNext();
    expect(await get).toBeUndefined();
    expect(cache.size).toBe(0);
  });

  it('when a change arrives while the device is being loaded, it loads again instead of keeping what may be old', async () => {
    const get = cache.get('a');
    await clock.advance(2);
    cache.apply([state('a', { revision: 2 })]);
    await answerNext(state('a', { revision: 1 }));
    expect(cache.peek('a')).toBeUndefined();
    await answerNext(state('a', { revision: 2 }));
    expect((await get)?.revision).toBe(2);
    expect(cache.peek('a')?.revision).toBe(2);
  });

  it('when the feed is lost and opened again during a loading, it loads again', async () => {
    const get = cache.get('a');
    await clock.advance(2);
    cache.drop();
    cache.trust();
    await answerNext(state('a', { revision: 1 }));
    expect(cache.peek('a')).toBeUndefined();
    await answerNext(state('a', { revision: 2 }));
    expect((await get)?.revision).toBe(2);
  });

  it('when a change arrives, the old entry dies and the new one is found; an older revision or epoch changes nothing', async () => {
    const get = cache.get('a');
    await answerNext(state('a', { revision: 5, epoch: 2 }));
    const entry = await get;
    cache.apply([state('a', { revision: 4, epoch: 2 }), state('a', { revision: 5, epoch: 1 }), state('b')]);
    expect([entry?.live, cache.peek('b')]).toEqual([true, undefined]);
    cache.apply([state('a', { revision: 5, epoch: 3, approval: 'revoked' })]);
    expect(entry?.live).toBe(false);
    expect(cache.peek('a')).toMatchObject({ epoch: 3, approved: false, live: true });
  });

  it('when a capture is asked for or ends, the same revision has another tag, and the old entry dies', async () => {
    const get = cache.get('a');
    await answerNext(state('a', { revision: 5 }));
    const entry = await get;
    cache.apply([state('a', { revision: 5, captureId: 'c1' })]);
    expect([entry?.live, cache.peek('a')?.etag]).toEqual([false, '"5.c1"']);
    cache.apply([state('a', { revision: 5 })]);
    expect(cache.peek('a')?.etag).toBe('"5"');
  });

  it('when no feed is open, it answers from the database and keeps nothing', async () => {
    cache.drop();
    for (const revision of [1, 2]) {
      const get = cache.get('a');
      await answerNext(state('a', { revision }));
      expect(await get).toMatchObject({ revision, live: false });
    }
    expect(cache.size).toBe(0);
  });

  it('when it is full, the device that was asked for longest ago leaves, and its entry dies', async () => {
    const entries = [];
    for (const deviceId of ['a', 'b', 'c', 'd']) {
      const get = cache.get(deviceId);
      await answerNext(state(deviceId));
      entries.push(await get);
    }
    expect(entries.map((entry) => entry?.live)).toEqual([false, true, true, true]);
    expect(cache.size).toBe(3);
  });
});
