import { type Role, type RolloutState, rolloutStates } from '@sluice/contracts';
import { describe, expect, it } from 'vitest';
import { effectOf, type OfferedAction, offeredActions, possibilityOf } from './action-rules.ts';

function allowed(action: OfferedAction, role: Role = 'operator'): RolloutState[] {
  return rolloutStates.filter((state) => possibilityOf(action, state, role).possible);
}

const release = { id: 'r', name: 'v3', digest: '', counter: 3, applicationId: 'a', applicationName: 'Bottling line' };

describe('possibilityOf', () => {
  it('when a rollout runs, and only then, it can be paused', () => {
    expect(allowed('pause')).toEqual(['running']);
  });
  it('when a rollout is paused, and only then, it can be resumed', () => {
    expect(allowed('resume')).toEqual(['paused']);
  });
  it('when a rollout has not ended and is not being aborted, it can be aborted', () => {
    expect(allowed('abort')).toEqual(['draft', 'pending_approval', 'scheduled', 'running', 'paused']);
  });
  it('when a rollout has not ended, it can be rolled back, also while it is being aborted', () => {
    expect(allowed('roll_back')).toEqual(['draft', 'pending_approval', 'scheduled', 'running', 'paused', 'aborting']);
  });
  it('when a rollout waits for its approval, and only then, it can be rejected', () => {
    expect(allowed('reject')).toEqual(['pending_approval']);
  });
  it('when the person is a viewer, nothing is possible', () => {
    for (const action of offeredActions) expect(allowed(action, 'viewer')).toEqual([]);
  });
  it('when something is impossible, it says why', () => {
    for (const action of offeredActions) {
      for (const state of rolloutStates) {
        const answer = possibilityOf(action, state, 'owner');
        if (!answer.possible) expect(answer.why).toMatch(/^[A-Z].+\.$/);
      }
    }
  });
});

describe('effectOf', () => {
  const facts = { release, counts: { succeeded: 2, verifying: 1, offered: 3, scheduled: 10 }, blockers: [] };

  it('when a rollout is aborted, it counts who is canceled, who finishes and who stays', () => {
    expect(effectOf('abort', facts)).toEqual([
      '13 devices that have not begun to change will be canceled.',
      '1 device in the middle of switching will finish, one way or the other.',
      '2 devices already changed will stay on v3.',
    ]);
  });
  it('when a rollout is rolled back, the changed devices go back', () => {
    expect(effectOf('roll_back', facts).at(-1)).toContain('2 devices already changed will go back');
  });
  it('when a rollout is paused, those at it finish and the rest wait', () => {
    expect(effectOf('pause', facts)).toEqual([
      '10 devices will not be offered v3 until somebody resumes.',
      '4 devices already at it will finish. Deadlines stand still meanwhile.',
    ]);
  });
  it('when a rollout was paused by a breach, resuming says that it forces the gates', () => {
    const [first] = effectOf('resume', { ...facts, blockers: [{ code: 'paused_by_breach', waveIndex: 0 }] });
    expect(first).toContain('The gates of wave 1 are forced');
  });
  it('when a person paused, resuming forces nothing', () => {
    expect(effectOf('resume', { ...facts, blockers: [{ code: 'paused_by_person', waveIndex: null }] })).toHaveLength(1);
  });
});
