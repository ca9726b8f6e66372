import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DeploymentCounts, effectiveMinimumSample, gateNumbers, judgeGate, sampleOf } from './gate.ts';

const threshold = { successPercent: 90, errorPercent: 10, minimumSample: 5 };
const judge = (counts: DeploymentCounts, unhealthy = 0, rule = threshold) => judgeGate(gateNumbers(counts, unhealthy), rule);

const smallCount = fc.integer({ min: 0, max: 12 });
const counts = fc.record({
  offered: smallCount,
  applying: smallCount,
  succeeded: smallCount,
  failed: smallCount,
  timed_out: smallCount,
  canceled: fc.integer({ min: 0, max: 3 }),
  skipped: fc.integer({ min: 0, max: 3 }),
  removed: fc.integer({ min: 0, max: 3 }),
});
const percent = fc.integer({ min: 0, max: 100 });
const rule = fc.record({ successPercent: percent, errorPercent: percent, minimumSample: fc.integer({ min: 1, max: 15 }) });

describe('gateNumbers', () => {
  it('when devices are removed or skipped, they are not eligible; canceled and superseded ones are, without being a success', () => {
    expect(gateNumbers({ succeeded: 5, failed: 1, canceled: 2, superseded: 1, skipped: 3, removed: 4, queued: 2 }, 2)).toEqual({
      members: 18,
      eligible: 11,
      succeeded: 3,
      failed: 3,
      neither: 3,
      open: 2,
      unoffered: 2,
      unhealthy: 2,
      failures: { failed: 1, rolled_back: 0, rollback_failed: 0, rejected: 0, timed_out: 0 },
    });
  });
});

describe('judgeGate', () => {
  it.each([
    ['exactly the error percent', { succeeded: 9, failed: 1 }, 'pass'],
    ['one failure over it', { succeeded: 8, failed: 2 }, 'breach'],
    ['too few results to judge a failure', { offered: 18, failed: 4 }, 'open'],
    ['enough results', { offered: 15, failed: 5 }, 'breach'],
    ['the success percent reached but failures still possible', { succeeded: 90, failed: 10, offered: 1 }, 'open'],
    ['the success percent reached and failures harmless', { succeeded: 90, failed: 5, offered: 5 }, 'pass'],
    ['devices not offered yet', { succeeded: 95, queued: 5 }, 'open'],
    ['canceled devices that make the success percent unreachable', { succeeded: 8, canceled: 2 }, 'breach'],
    ['nearly all canceled', { succeeded: 1, canceled: 19 }, 'inconclusive'],
    ['none eligible', { skipped: 3, removed: 2 }, 'empty'],
    ['a canary of one that failed', { rolled_back: 1 }, 'breach'],
    ['a canary of one that succeeded', { succeeded: 1 }, 'pass'],
  ] as const)('when there is %s, %o is %s', (_, given, verdict) => {
    expect(judge(given).verdict).toBe(verdict);
  });

  it('when a device that succeeded becomes unhealthy, it counts as failed', () => {
    expect(judge({ succeeded: 10 }, 1).verdict).toBe('pass');
    expect(judge({ succeeded: 10 }, 2).verdict).toBe('breach');
  });

  it('when numbers are huge, a single device still decides exactly', () => {
    const third = { successPercent: 0, errorPercent: 33, minimumSample: 1 };
    expect(judge({ succeeded: 6_700_000, failed: 3_300_000 }, 0, third).verdict).toBe('pass');
    expect(judge({ succeeded: 6_699_999, failed: 3_300_001 }, 0, third).verdict).toBe('breach');
  });

  it('when it passes or breaches early, every way in which the open devices can end gives the same verdict', () => {
    fc.assert(
      fc.property(counts, rule, (given, limits) => {
        const early = judge(given, 0, limits).verdict;
        if (early !== 'pass' && early !== 'breach') return;
        const { offered, applying, ...closed } = given;
        const open = offered + applying;
        for (let good = 0; good <= open; good += 1) {
          const final = judge({ ...closed, succeeded: closed.succeeded + good, failed: closed.failed + open - good }, 0, limits);
          expect(final.verdict).toBe(early);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('when all devices have ended, it never says open; below the sample it never decides; and it never divides the empty', () => {
    fc.assert(
      fc.property(counts, rule, (given, limits) => {
        const numbers = gateNumbers(given, 0);
        const { verdict } = judgeGate(numbers, limits);
        expect(verdict === 'empty').toBe(numbers.eligible === 0);
        if (numbers.open === 0) expect(verdict).not.toBe('open');
        if (sampleOf(numbers) < effectiveMinimumSample(limits, numbers.eligible))
          expect(['open', 'inconclusive', 'empty']).toContain(verdict);
      }),
      { numRuns: 500 },
    );
  });

  it('when an open device is removed, what was decided stays decided', () => {
    fc.assert(
      fc.property(counts, rule, (given, limits) => {
        const before = judge(given, 0, limits).verdict;
        if (given.offered === 0 || (before !== 'pass' && before !== 'breach')) return;
        const after = judge({ ...given, offered: given.offered - 1, removed: given.removed + 1 }, 0, limits).verdict;
        expect(after).toBe(before);
      }),
      { numRuns: 500 },
    );
  });
});
