import type { RolloutPolicy, WavePolicy } from '@sluice/contracts';
import { describe, expect, it } from 'vitest';
import { canaryPolicy, strictWave } from '../test/inputs.ts';
import { validatePolicy } from './policy-problems.ts';

const withSizes = (...sizes: WavePolicy['size'][]): RolloutPolicy => ({
  ...canaryPolicy,
  waves: sizes.map((size) => ({ ...strictWave, size })),
});
const found = (policy: RolloutPolicy) => validatePolicy(policy).map(({ code, pointer, severity }) => `${severity} ${code} ${pointer}`);
const count = (value: number) => ({ kind: 'count', count: value }) as const;
const percent = (value: number) => ({ kind: 'percent', percent: value }) as const;
const rest = { kind: 'rest' } as const;
const backTooEarly: RolloutPolicy = { ...withSizes(rest), rollback: { waves: [rest, percent(40)] } };

describe('validatePolicy', () => {
  it.each([
    ['is sound', withSizes(count(1), percent(50), rest), []],
    ['has no waves', withSizes(), ['error no_waves /waves']],
    ['shrinks', withSizes(percent(50), percent(50), rest), ['error percent_does_not_grow /waves/1/size/percent']],
    ['takes the rest too early', withSizes(rest, percent(100)), ['error rest_not_last /waves/0/size']],
    ['ends by count', withSizes(count(1), count(5)), ['error last_wave_leaves_devices /waves/1/size']],
    ['ends below 100 percent', withSizes(percent(99)), ['error last_wave_leaves_devices /waves/0/size']],
    ['goes on after everyone', withSizes(percent(100), rest), ['error wave_after_everyone /waves/1/size']],
    ['goes back too early', backTooEarly, ['error rest_not_last /rollback/waves/0', 'error last_wave_leaves_devices /rollback/waves/1']],
    ['takes 100 percent twice', withSizes(percent(100), percent(100)), ['error wave_after_everyone /waves/1/size/percent']],
  ] as const)('when a policy %s, it finds %j', (_, policy, problems) => {
    expect(found(policy)).toEqual(problems);
  });

  it('when thresholds or times cannot do what they say, it warns', () => {
    const gate = (successPercent: number, errorPercent: number, soakMs = 0): RolloutPolicy => ({
      ...canaryPolicy,
      waves: [{ ...strictWave, threshold: { successPercent, errorPercent, minimumSample: 1 }, soakMs }],
    });
    expect(found(gate(0, 100))).toEqual(['warning threshold_checks_nothing /waves/0/threshold']);
    expect(found(gate(95, 10))).toEqual(['warning thresholds_contradict /waves/0/threshold/errorPercent']);
    expect(found(gate(90, 10, canaryPolicy.deploymentDeadlineMs + 1))).toEqual(['warning soak_longer_than_deadline /waves/0/soakMs']);
    const offline = { afterMs: canaryPolicy.deploymentDeadlineMs, action: 'exclude' } as const;
    expect(found({ ...canaryPolicy, offline })).toEqual(['warning offline_longer_than_deadline /offline/afterMs']);
  });
});
