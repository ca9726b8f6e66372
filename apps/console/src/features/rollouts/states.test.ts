import { deploymentStates, rolloutStates, terminalRolloutStates, waveStates } from '@sluice/contracts';
import { describe, expect, it } from 'vitest';
import {
  countDeployments,
  deploymentAppearances,
  exactCountsOf,
  isEndedRollout,
  rolloutAppearances,
  segmentsOf,
  waveAppearances,
} from './states.ts';

describe('appearances', () => {
  it('when the contract knows a state, the console has words for it', () => {
    expect(Object.keys(rolloutAppearances).sort()).toEqual([...rolloutStates].sort());
    expect(Object.keys(waveAppearances).sort()).toEqual([...waveStates].sort());
    expect(Object.keys(deploymentAppearances).sort()).toEqual([...deploymentStates].sort());
  });

  it('when a rollout is in a terminal state of the contract, it has ended, and else not', () => {
    const terminal: readonly string[] = terminalRolloutStates;
    for (const state of rolloutStates) expect([state, isEndedRollout(state)]).toEqual([state, terminal.includes(state)]);
  });
});

describe('segmentsOf', () => {
  it('when several states mean the same, it adds them up and leaves empty kinds out', () => {
    const segments = segmentsOf({ succeeded: 4, rolled_back: 1, timed_out: 2, scheduled: 3, queued: 1 });
    expect(segments.map(({ key, count }) => [key, count])).toEqual([
      ['succeeded', 4],
      ['failed', 3],
      ['waiting', 4],
    ]);
  });
});

describe('exactCountsOf', () => {
  it('when states have no deployment, it leaves them out', () => {
    expect(exactCountsOf({ verifying: 1, failed: 0 }).map(({ state, count }) => [state, count])).toEqual([['verifying', 1]]);
  });
});

it('when deployments are counted by a condition, it adds up the matching states only', () => {
  expect(countDeployments({ offered: 2, applying: 5 }, (state) => deploymentAppearances[state].cancellable)).toBe(2);
});
