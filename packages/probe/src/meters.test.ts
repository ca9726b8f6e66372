import { describe, expect, it } from 'vitest';
import { createLagMeter, createRateMeter } from './meters.ts';

describe('the meter of messages', () => {
  it('when messages come steadily, it gives their rate, and forgets after ten seconds', () => {
    let now = 0;
    const meter = createRateMeter(() => now);
    const second = (count: number): void => {
      meter.add(count);
      now += 1_000;
      meter.sample();
    };
    for (let count = 0; count < 20; count += 1) second(5);
    expect([meter.perSecond(), meter.total()]).toEqual([5, 100]);
    for (let count = 0; count < 10; count += 1) second(0);
    expect(meter.perSecond()).toBe(0);
  });
});

describe('the meter of the event loop', () => {
  it('when a period ends, its longest block is shown for one more period', () => {
    const histogram = { max: 320e6, reset: () => Object.assign(histogram, { max: 0 }) };
    const meter = createLagMeter(histogram, 20);
    expect(meter.lagMs()).toBe(300);
    meter.roll();
    expect(meter.lagMs()).toBe(300);
    meter.roll();
    expect(meter.lagMs()).toBe(0);
  });
});
