import { silentLog } from '@sluice/platform';
import { seededRandom, VirtualClock } from '@sluice/platform/testing';
import type { DesiredFeed, DesiredState } from '@sluice/store';
import { beforeEach, describe, expect, it } from 'vitest';
import { createDesiredFollower, type DesiredFollower } from './desired-follower.ts';

type FakeFeed = { notify: () => void; lose: () => void; closed: boolean; reading?: { deliver: () => void; hang: boolean } };

let clock: VirtualClock;
let feeds: FakeFeed[];
let events: string[];
let changes: DesiredState[];
let hangs: boolean;
let refuses: boolean;
let follower: DesiredFollower;

/** A feed that delivers `changes` and writes down what happens. */
function openFake(options: { onNotification: () => void; onLost: (error: Error) => void }): Promise<DesiredFeed> {
  if (refuses) return Promise.reject(new Error('refused'));
  const feed: FakeFeed = { notify: options.onNotification, lose: () => options.onLost(new Error('lost')), closed: false };
  feeds.push(feed);
  events.push('open');
  return Promise.resolve({
    readChanges: async (onPage) => {
      events.push('read');
      if (hangs) return new Promise(() => undefined);
      if (changes.length > 0) onPage(changes.splice(0));
    },
    close: () => {
      feed.closed = true;
    },
  });
}

beforeEach(() => {
  clock = new VirtualClock();
  [feeds, events, changes, hangs, refuses] = [[], [], [], false, false];
  follower = createDesiredFollower({
    open: openFake,
    cache: {
      apply: (states) => void events.push(`apply ${states.map((state) => state.deviceId).join()}`),
      trust: () => void events.push('trust'),
      drop: () => void events.push('drop'),
    },
    waiters: { wake: (deviceId) => void events.push(`wake ${deviceId}`), wakeAll: () => void events.push('wake all') },
    clock,
    random: seededRandom(1),
    log: silentLog,
    checkEveryMs: 1_000,
    readingTimeoutMs: 5_000,
  });
});

const state: DesiredState = {
  deviceId: 'a',
  organizationId: 'o',
  approval: 'approved',
  epoch: 1,
  revision: 1,
  captureId: null,
  logRequestId: null,
  ahead: false,
};

describe('createDesiredFollower', () => {
  it('when notified, it reads at once, takes over what changed and then wakes who waits', async () => {
    await follower.start();
    expect(events.splice(0)).toEqual(['open', 'trust', 'wake all']);
    changes.push(state);
    feeds[0]?.notify();
    await clock.advance(0);
    expect(events.splice(0)).toEqual(['read', 'apply a', 'wake a']);
  });

  it('when no notification comes, it reads all the same after a while', async () => {
    await follower.start();
    events.length = 0;
    await clock.advance(999);
    expect(events).toEqual([]);
    await clock.advance(1);
    expect(events).toEqual(['read']);
  });

  it('when the feed is lost, it drops the cache at once, and trusts it again only with a new feed', async () => {
    await follower.start();
    events.length = 0;
    feeds[0]?.lose();
    expect(events).toEqual(['drop']);
    refuses = true;
    await clock.advance(60_000);
    expect(events).not.toContain('trust');
    refuses = false;
    await clock.advance(5_000);
    expect(events.filter((event) => event !== 'read')).toEqual(['drop', 'drop', 'open', 'trust', 'wake all']);
    expect(feeds[0]?.closed).toBe(true);
  });

  it('when a reading hangs, the feed counts as lost', async () => {
    await follower.start();
    hangs = true;
    feeds[0]?.notify();
    await clock.advance(4_999);
    expect(events).not.toContain('drop');
    await clock.advance(1);
    expect(events).toContain('drop');
    hangs = false;
    await clock.advance(5_000);
    expect(events.filter((event) => event === 'open')).toHaveLength(2);
  });

  it('when it closes, it ends the feed and opens no other', async () => {
    await follower.start();
    await follower.close();
    await clock.advance(60_000);
    expect(feeds).toHaveLength(1);
    expect(feeds[0]?.closed).toBe(true);
  });
});
