import type { RolloutPolicy } from '@sluice/contracts';
import { expect, it } from 'vitest';
import { policyFacts } from './policy-words.ts';

const threshold = { successPercent: 90, errorPercent: 5, minimumSample: 3 };

it('when a policy uses all its parts, each is told in words', () => {
  const policy: RolloutPolicy = {
    waves: [
      {
        size: { kind: 'labels', matchLabels: { site: 'ulm' } },
        threshold: { ...threshold, failureLimits: { timed_out: 2 } },
        soakMs: 60_000,
      },
      { size: { kind: 'percent', percent: 50 }, threshold, soakMs: 0, approval: { required: 2, role: 'owner', creatorExcluded: true } },
    ],
    order: 'random',
    spreadBy: 'site',
    deploymentDeadlineMs: 3_600_000,
    onBreach: 'roll_back',
    approval: { required: 1, role: 'operator', creatorExcluded: false },
    rate: { kind: 'exponential', basePerMinute: 2, factorPercent: 150, every: 10, on: 'succeeded', maximumPerMinute: 50 },
    retries: { failed: 2, backOffMs: 30_000 },
    window: { recurrence: 'FREQ=DAILY', startTime: '02:00', durationMinutes: 90, timeZone: 'device', leadMinutes: 30 },
    offline: { afterMs: 86_400_000, action: 'late_wave' },
    membership: 'continuous',
    rollback: { waves: [{ kind: 'count', count: 5 }, { kind: 'rest' }], errorPercent: 10, soakMs: 60_000 },
  };
  expect(Object.fromEntries(policyFacts(policy).map(({ name, value }) => [name, value]))).toEqual({
    'Wave 1': 'site=ulm; 90 % must succeed, 5 % may fail, judged from 3 devices on; limits: timed out 2 %; healthy for 1 min',
    'Wave 2': 'Up to 50 %; 90 % must succeed, 5 % may fail, judged from 3 devices on; approval by 2 owners, not who created it',
    'On a breach': 'What has changed goes back',
    Deadline: '1 h after a wave has started',
    Order: 'At random, each wave with its share of every site',
    'Approval of the start': '1 operator',
    Rate: '2 a minute, times 1.5 after each 10 that succeeded, at most 50',
    'Further attempts': '2 after a failure, first after 30 s',
    'Maintenance window': 'FREQ=DAILY at 02:00 for 1 h 30 min, by the clock of each device, told 30 min ahead',
    'Offline devices': 'After 1 d put into a late wave',
    'Going back': '5 devices; All that remain; pauses when more than 10 % cannot; each wave healthy for 1 min',
    'Devices that join': 'Taken along, in a wave after all others',
  });
});
