import { EventEmitter } from 'node:events';
import { VirtualClock } from '@sluice/platform/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { createWaiters, type Waiters } from './waiters.ts';

let clock: VirtualClock;
let waiters: Waiters;

beforeEach(() => {
  clock = new VirtualClock();
  waiters = createWaiters({ clock, waitersMax: 5, perDeviceMax: 2 });
});

const client = (): EventEmitter => new EventEmitter();

describe('createWaiters', () => {
  it('when a device changes, all its polls are woken and no other', async () => {
    const own = [waiters.hold('a', 1_000, client()), waiters.hold('a', 1_000, client())];
    const other = waiters.hold('b', 1_000, client());
    waiters.wake('a');
    expect(await Promise.all(own)).toEqual(['changed', 'changed']);
    expect(waiters.size).toBe(1);
    await clock.advance(1_000);
    expect(await other).toBe('released');
    expect([waiters.size, clock.pending]).toEqual([0, 0]);
  });

  it('when a client leaves, its poll ends and nothing of it stays', async () => {
    const gone = client();
    const outcome = waiters.hold('a', 1_000, gone);
    gone.emit('close');
    expect(await outcome).toBe('gone');
    expect([waiters.size, clock.pending, gone.listenerCount('close')]).toEqual([0, 0, 0]);
  });

  it('when a device holds too many polls, the oldest is released', async () => {
    const polls = [1, 2, 3].map(() => waiters.hold('a', 1_000, client()));
    expect(await polls[0]).toBe('released');
    expect(waiters.size).toBe(2);
    waiters.wake('a');
    expect(await Promise.all(polls.slice(1))).toEqual(['changed', 'changed']);
  });

  it('when the process holds as many as it may, a further one is not held', () => {
    for (const deviceId of ['a', 'b', 'c', 'd', 'e']) expect(waiters.hold(deviceId, 1_000, client())).toBeDefined();
    expect(waiters.hold('f', 1_000, client())).toBeUndefined();
    waiters.wakeAll();
    expect(waiters.size).toBe(0);
  });

  it('when it closes, it releases all and holds none any more', async () => {
    const outcome = waiters.hold('a', 1_000, client());
    waiters.close();
    expect(await outcome).toBe('released');
    expect(waiters.hold('a', 1_000, client())).toBeUndefined();
  });
});
