import { deploymentStates, reportableDeploymentStates, terminalDeploymentStates } from '@sluice/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DeploymentPosition, nextDeploymentState } from './deployment-report.ts';

const position = fc.record({ state: fc.constantFrom(...deploymentStates), attempt: fc.integer({ min: 1, max: 3 }) });
const report = fc.record({ state: fc.constantFrom(...reportableDeploymentStates), attempt: fc.integer({ min: 1, max: 3 }) });
const isTerminal = (state: string): boolean => (terminalDeploymentStates as readonly string[]).includes(state);
const at = (state: DeploymentPosition['state']): DeploymentPosition => ({ state, attempt: 2 });

describe('nextDeploymentState', () => {
  it.each([
    ['offered', 'accepted', 'accepted'],
    ['offered', 'succeeded', 'accepted'],
    ['accepted', 'applying', 'accepted'],
    ['staged', 'rejected', 'accepted'],
    ['verifying', 'rolled_back', 'accepted'],
    ['downloading', 'downloading', 'duplicate'],
    ['succeeded', 'succeeded', 'duplicate'],
    ['applying', 'staged', 'out_of_order'],
    ['applying', 'rejected', 'out_of_order'],
    ['timed_out', 'succeeded', 'deployment_closed'],
    ['canceled', 'applying', 'deployment_closed'],
    ['queued', 'accepted', 'not_offered'],
    ['scheduled', 'succeeded', 'not_offered'],
  ] as const)('when a %s deployment is reported %s, the answer is %s', (state, reported, answer) => {
    const outcome = nextDeploymentState(at(state), { state: reported, attempt: 2 }, null);
    expect(outcome.outcome === 'refused' ? outcome.code : outcome.outcome).toBe(answer);
  });

  it('when the attempt is another one, it refuses and says where the deployment stands', () => {
    expect(nextDeploymentState(at('offered'), { state: 'accepted', attempt: 1 }, null)).toEqual({
      outcome: 'refused',
      code: 'old_attempt',
      current: at('offered'),
    });
    expect(nextDeploymentState(at('succeeded'), { state: 'succeeded', attempt: 3 }, null)).toMatchObject({ code: 'unknown_attempt' });
  });

  it('when reports come in any order and number, a deployment moves only forward and a terminal state stays', () => {
    fc.assert(
      fc.property(position, fc.array(report, { maxLength: 30 }), (start, reports) => {
        let current = start;
        let moves = 0;
        for (const next of reports) {
          const outcome = nextDeploymentState(current, next, null);
          if (outcome.outcome !== 'accepted') continue;
          expect(isTerminal(current.state)).toBe(false);
          expect(next.attempt).toBe(current.attempt);
          current = { ...current, state: outcome.state };
          moves += 1;
        }
        expect(moves).toBeLessThanOrEqual(7);
      }),
    );
  });

  it('when the policy tries a failure again, the deployment is queued for its next attempt, later each time, until the attempts are used up', () => {
    const retries = { failed: 2, backOffMs: 60_000 };
    const ended = (attempt: number, state: 'failed' | 'rolled_back' | 'rejected') =>
      nextDeploymentState({ state: 'downloading', attempt }, { state, attempt }, { retries, now: 1_000 });
    expect(ended(1, 'failed')).toEqual({ outcome: 'retried', state: 'queued', retryAt: 61_000 });
    expect(ended(2, 'failed')).toEqual({ outcome: 'retried', state: 'queued', retryAt: 121_000 });
    expect(ended(3, 'failed')).toEqual({ outcome: 'accepted', state: 'failed' });
    expect(ended(1, 'rolled_back')).toEqual({ outcome: 'accepted', state: 'rolled_back' });
    expect(ended(1, 'rejected')).toEqual({ outcome: 'accepted', state: 'rejected' });
  });
});
