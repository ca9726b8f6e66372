import { describe, expect, it } from 'vitest';

import { systemClock } from './clock.ts';
import { VirtualClock } from './testing/index.ts';

describe.each([
  { name: 'system clock', create: () => ({ clock: systemClock, pass: async () => undefined }) },
  {
    name: 'virtual clock',
    create: () => {
      const clock = new VirtualClock();
      return { clock, pass: () => clock.advance(1_000) };
    },
  },
])('$name', ({ create }) => {
  it('when a sleep is over, it resolves', async () => {
    const { clock, pass } = create();
    const sleeping = clock.sleep(5);
    await pass();
    await expect(sleeping).resolves.toBeUndefined();
  });

  it('when the signal aborts during a sleep, it rejects with the reason of the signal', async () => {
    const { clock } = create();
    const controller = new AbortController();
    const sleeping = clock.sleep(3_600_000, controller.signal);
    controller.abort(new Error('enough'));
    await expect(sleeping).rejects.toThrow('enough');
  });

  it('when the signal has aborted before, a sleep rejects without setting a timer', async () => {
    const { clock } = create();
    await expect(clock.sleep(3_600_000, AbortSignal.abort(new Error('too late')))).rejects.toThrow('too late');
  });

  it('when a timer is canceled, it does not fire', async () => {
    const { clock, pass } = create();
    let fired = false;
    const cancel = clock.setTimer(1, () => {
      fired = true;
    });
    cancel();
    const later = clock.sleep(20);
    await pass();
    await later;
    expect(fired).toBe(false);
  });
});

describe('system clock', () => {
  it('when a timer is longer than setTimeout can hold, it does not fire at once', async () => {
    let fired = false;
    const cancel = systemClock.setTimer(2 ** 31 + 1_000, () => {
      fired = true;
    });
    await systemClock.sleep(20);
    cancel();
    expect(fired).toBe(false);
  });
});

describe('virtual clock', () => {
  it('when time advances, timers fire in the order of their time and see that time', async () => {
    const clock = new VirtualClock(1_000);
    const seen: string[] = [];
    for (const delay of [30, 10, 20]) clock.setTimer(delay, () => seen.push(`${delay}@${clock.now()}`));
    await clock.advance(25);
    expect(seen).toEqual(['10@1010', '20@1020']);
    expect(clock.now()).toBe(1_025);
    expect(clock.pending).toBe(1);
  });

  it('when a loop sleeps again and again, one advance carries it through all its turns', async () => {
    const clock = new VirtualClock();
    let turns = 0;
    const loop = (async () => {
      while (turns < 5) {
        await clock.sleep(100);
        turns += 1;
      }
    })();
    await clock.advance(500);
    await loop;
    expect(turns).toBe(5);
  });

  it('when the wall time jumps, monotonic time and timers do not notice', async () => {
    const clock = new VirtualClock(0);
    let fired = false;
    clock.setTimer(50, () => {
      fired = true;
    });
    clock.jump(3_600_000);
    expect(clock.now()).toBe(3_600_000);
    expect(clock.monotonic()).toBe(0);
    await clock.advance(49);
    expect(fired).toBe(false);
    expect(await clock.advanceToNext()).toBe(true);
    expect(fired).toBe(true);
    expect(await clock.advanceToNext()).toBe(false);
  });
});
