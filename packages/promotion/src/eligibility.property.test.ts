import { rolloutStates } from '@sluice/contracts';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { eligibilityOf } from './eligibility.ts';
import type { EligibilityFacts, UpstreamRollout } from './facts.ts';
import { factsWith, now, upstream } from './testing/facts.ts';

const day = 86_400_000;
const time = fc.integer({ min: now - 3 * day, max: now + 3 * day });
const maybe = <T>(of: fc.Arbitrary<T>) => fc.option(of, { freq: 3 });
const count = fc.integer({ min: 0, max: 2 });

const rollout: fc.Arbitrary<Partial<UpstreamRollout>> = fc.record({
  // Mostly rollouts that ended well: the others are told at once.
  state: fc.oneof({ weight: 5, arbitrary: fc.constant('succeeded' as const) }, { weight: 1, arbitrary: fc.constantFrom(...rolloutStates) }),
  finishedAt: maybe(time),
  isRolledBack: fc.boolean(),
  replaced: maybe(fc.record({ at: time, by: fc.constant('v6') })),
  unhealthy: fc.constantFrom(0, 0, 1),
  lost: fc.constantFrom(0, 0, 1),
  brokenAt: maybe(time),
});

const window = fc.record({
  recurrence: fc.constantFrom('FREQ=DAILY', 'FREQ=WEEKLY;BYDAY=SA', 'FREQ=DAILY;COUNT=2'),
  startTime: fc.constantFrom('00:00', '02:30', '13:45'),
  durationMinutes: fc.constantFrom(1, 60, 1_440),
  timeZone: fc.constantFrom('UTC', 'Europe/Vienna', 'Nowhere/Land'),
});

const facts: fc.Arbitrary<EligibilityFacts> = fc
  .record({
    soakMs: fc.constantFrom(0, 1, day),
    approval: maybe(
      fc.record({ required: fc.integer({ min: 1, max: 2 }), role: fc.constant('operator' as const), creatorExcluded: fc.boolean() }),
    ),
    window: maybe(window),
    upstreams: fc.array(maybe(rollout), { maxLength: 2 }),
    freezes: fc.array(fc.record({ name: fc.constant('f'), startsAt: time, until: maybe(time) }), { maxLength: 2 }),
    holds: fc.array(fc.record({ releaseId: fc.constantFrom(null, 'v5', 'v4'), reason: fc.string(), by: fc.string() }), { maxLength: 1 }),
    findings: fc.array(fc.record({ rule: fc.constant('exec'), subject: fc.string(), waivedUntil: maybe(time) }), { maxLength: 2 }),
    promotion: maybe(
      fc.record({
        id: fc.constant('p1'),
        creatorId: fc.constantFrom('a', 'b'),
        revision: fc.constantFrom(1, 2),
        approvals: fc.array(
          fc.record({
            person: fc.constantFrom('a', 'b', 'c'),
            role: fc.constantFrom('operator', 'viewer', null),
            revision: fc.constantFrom(1, 2),
          }),
          { maxLength: 3 },
        ),
        startAt: maybe(time),
        isHotfix: fc.boolean(),
        supersede: fc.boolean(),
      }),
    ),
    runningCounter: maybe(fc.integer({ min: 3, max: 7 })),
    isSettled: fc.boolean(),
    hasDevices: fc.constantFrom(true, true, false),
    devices: count,
  })
  .map(
    ({ soakMs, approval, window: open, upstreams, freezes, holds, findings, promotion, runningCounter, isSettled, hasDevices, devices }) =>
      factsWith({
        requires: ['BROKER'],
        findings,
        promotion,
        upstreams: upstreams.map((each) => upstream(each)),
        stage: {
          ...{ freezes, holds, isSettled, hasDevices },
          gates: { soakMs, automatic: false, ...(approval === null ? {} : { approval }), ...(open === null ? {} : { window: open }) },
          running:
            runningCounter === null
              ? null
              : { releaseId: `v${runningCounter}`, releaseName: `v${runningCounter}`, counter: runningCounter },
          missing: new Map([['BROKER', { name: 'BROKER', devices, groups: [] }]]),
        },
      }),
  );

it('when facts and times are whatever they are, eligible means no blocker, and a blocker with an end is gone at that end and not before', () => {
  fc.assert(
    fc.property(facts, time, (of, at) => {
      const { isEligible, blockers, lookAgainAt } = eligibilityOf(of, at);
      expect(isEligible).toBe(blockers.length === 0);
      const ends = blockers.flatMap(({ until }) => (until === null ? [] : [until]));
      expect(lookAgainAt).toBe(ends.length === 0 ? null : Math.min(...ends));
      for (const { code, until } of blockers) {
        if (until === null) continue;
        expect(until).toBeGreaterThan(at);
        const codesAt = (moment: number) => eligibilityOf(of, moment).blockers.map((each) => each.code);
        // One upstream stage may soak longer than the other: then it is the other's turn.
        const left = (moment: number) => codesAt(moment).filter((each) => each === code).length;
        expect(left(until)).toBeLessThan(Math.max(1, left(until - 1)));
      }
    }),
    { numRuns: 200 },
  );
});
