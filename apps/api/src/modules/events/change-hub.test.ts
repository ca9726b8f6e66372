import { silentLog } from '@sluice/platform';
import { VirtualClock } from '@sluice/platform/testing';
import type { ChangeBatch, ChangeFeed, ChangeFeedOptions } from '@sluice/store';
import { beforeEach, expect, it } from 'vitest';
import { type ChangeHub, createChangeHub } from './change-hub.ts';

type OpenedFeed = { options: ChangeFeedOptions; closed: boolean; reads: number };

let clock: VirtualClock;
let feeds: OpenedFeed[];
let waiting: ChangeBatch[];
let failures: number;
let hub: ChangeHub;
let position: number;

function openFeed(options: ChangeFeedOptions): Promise<ChangeFeed> {
  if (failures > 0) {
    failures -= 1;
    return Promise.reject(new Error('the database is away'));
  }
  const feed: OpenedFeed = { options, closed: false, reads: 0 };
  feeds.push(feed);
  let at = options.since ?? 'start';
  return Promise.resolve({
    position: () => at,
    read: async () => {
      feed.reads += 1;
      position += 1;
      const batch = waiting.shift() ?? { position: `p${position}`, changes: [] };
      at = batch.position;
      return batch;
    },
    close: () => {
      feed.closed = true;
    },
  });
}

beforeEach(() => {
  clock = new VirtualClock();
  feeds = [];
  waiting = [];
  failures = 0;
  position = 0;
  hub = createChangeHub({ openFeed, clock, log: silentLog });
});

const change = (organizationId: string, id: string) => ({ organizationId, kind: 'device' as const, id, at: '' });

it('when nobody listens, no connection is opened; all who listen share one', async () => {
  expect(feeds).toHaveLength(0);
  await Promise.all([hub.subscribe('a', () => undefined), hub.subscribe('b', () => undefined)]);
  await hub.subscribe('a', () => undefined);
  expect(feeds).toHaveLength(1);
});

it('when changes come, each organization gets its own, until it cancels', async () => {
  const seen: string[] = [];
  const subscription = await hub.subscribe('a', (batch) => seen.push(...batch.changes.map((each) => each.id)));
  waiting.push({ position: 'x', changes: [change('a', '1'), change('b', '2'), change('a', '3')] });
  feeds[0]?.options.onNotification();
  await clock.advance(0);
  expect(seen).toEqual(['1', '3']);
  subscription.cancel();
  waiting.push({ position: 'y', changes: [change('a', '4')] });
  await clock.advance(5_000);
  expect(seen).toEqual(['1', '3']);
});

it('when notifications pile up while it reads, one more reading follows', async () => {
  await hub.subscribe('a', () => undefined);
  await clock.advance(0);
  const before = feeds[0]?.reads ?? 0;
  for (let times = 0; times < 5; times += 1) feeds[0]?.options.onNotification();
  await clock.advance(0);
  expect((feeds[0]?.reads ?? 0) - before).toBe(2);
});

it('when a notification is lost, the hub looks by itself', async () => {
  const seen: string[] = [];
  await hub.subscribe('a', (batch) => seen.push(...batch.changes.map((each) => each.id)));
  await clock.advance(0);
  waiting.push({ position: 'x', changes: [change('a', '1')] });
  await clock.advance(5_000);
  expect(seen).toEqual(['1']);
});

it('when the connection is lost, it goes on a second later from its last position, however often that fails', async () => {
  const seen: string[] = [];
  await hub.subscribe('a', (batch) => seen.push(...batch.changes.map((each) => each.id)));
  waiting.push({ position: 'last', changes: [] });
  await clock.advance(0);
  failures = 2;
  feeds[0]?.options.onLost(new Error('gone'));
  expect(feeds[0]?.closed).toBe(true);
  waiting.push({ position: 'next', changes: [change('a', '1')] });
  await clock.advance(2_999);
  expect(seen).toEqual([]);
  await clock.advance(1);
  expect(feeds[1]?.options.since).toBe('last');
  expect(seen).toEqual(['1']);
});

it('when the database is away at first, whoever subscribes hears it, and a later try works', async () => {
  failures = 1;
  await expect(hub.subscribe('a', () => undefined)).rejects.toThrow('away');
  await expect(hub.subscribe('a', () => undefined)).resolves.toMatchObject({ position: 'start' });
});

it('when it is closed, nothing is left running', async () => {
  await hub.subscribe('a', () => undefined);
  hub.close();
  feeds[0]?.options.onLost(new Error('gone'));
  await clock.advance(60_000);
  expect([feeds.length, feeds[0]?.closed, clock.pending]).toEqual([1, true, 0]);
});
