/**
 * The rollout engine. INVARIANTS
 * - Pure and total: the same input gives the same step; it never sees a device, only counts by wave and state.
 * - Called again after each change (a report, a timer, a person), and until it has no decision left, it always converges.
 * - Nothing is started or offered unless the rollout runs; a breach acts before any start (11, 12).
 * - A rollout that has not ended has a decision or a named blocker (22), and every time it waits for is in `nextTimerAt` (23).
 */
import { decideAborting } from './aborting.ts';
import { judgeStored } from './analyzing.ts';
import { assertNever } from './assert-never.ts';
import { blocker, pauseBlocker } from './blockers.ts';
import type { EngineStep } from './decision.ts';
import { decision } from './decision-builder.ts';
import type { EngineInput, PauseInput } from './engine-input.ts';
import { holdFor } from './rollback-policy.ts';
import { decidePaused, decideRunning } from './waves.ts';

const ended: EngineStep = { decisions: [], blockers: [], nextTimerAt: null };

/**
 * What happens next by itself. Carry out the decisions in their order, then ask again until there are none.
 * The commands of people go through {@link decideRequest} first.
 */
export function decide(input: EngineInput): EngineStep {
  const { rollout } = input;
  switch (rollout.state) {
    case 'draft':
      return { ...ended, blockers: [blocker('draft', 'The rollout is a draft.', 'Start it or submit it for approval.')] };
    case 'pending_approval':
      return decidePendingApproval(input);
    case 'scheduled':
      return decideScheduled(input);
    case 'running':
      return decideRunning(input);
    case 'paused':
      return decidePaused(input, rollout.pause === null ? [] : [pauseBlocker(rollout.pause, analysisWords(input, rollout.pause))]);
    case 'aborting':
      return decideAborting(input);
    case 'succeeded':
    case 'completed_with_failures':
    case 'failed':
    case 'aborted':
    case 'superseded':
    case 'rejected':
      return ended;
    default:
      return assertNever(rollout.state);
  }
}

/** What the analysis of the wave says that paused the rollout; null: something else did. */
function analysisWords(input: EngineInput, pause: PauseInput): string | null {
  const wave = input.waves.find(({ index }) => index === pause.wave);
  const analysis = wave?.state === 'analyzing' ? judgeStored(input, wave) : null;
  if (analysis === null || analysis.kind === 'passed') return null;
  const cause = analysis.kind === 'failed' ? 'breach' : 'inconclusive';
  return pause.cause === cause ? analysis.sentence : null;
}

function decidePendingApproval(input: EngineInput): EngineStep {
  const { approval } = input.policy;
  const { approvals } = input.rollout;
  if (approval === undefined || approvals >= approval.required) {
    return { ...ended, decisions: [decision(input, { kind: 'approve_rollout' }, { code: 'approved', wave: null })] };
  }
  const waits = blocker(
    'pending_approval',
    `The rollout has ${approvals} of ${approval.required} approvals.`,
    `Somebody with the role ${approval.role}${approval.creatorExcluded ? ' who did not create it' : ''} approves or rejects it.`,
    { numbers: { approvals, required: approval.required } },
  );
  return { ...ended, blockers: [waits] };
}

function decideScheduled(input: EngineInput): EngineStep {
  const { startAt } = input.rollout;
  const hold = holdFor(input.rollout);
  if (hold !== null) {
    const sentence = `${hold.by} holds the release back from this stage: ${hold.reason}`;
    const held = blocker('held', sentence, 'Somebody lifts the hold and says why the release may go on.');
    return { decisions: [], blockers: [held], nextTimerAt: startAt !== null && startAt > input.now ? startAt : null };
  }
  if (startAt !== null && input.now < startAt) {
    const sentence = `The rollout starts at ${new Date(startAt).toISOString()}.`;
    const waits = blocker('waiting_for_start_time', sentence, 'The start time comes.', { until: startAt });
    return { decisions: [], blockers: [waits], nextTimerAt: startAt };
  }
  const start = decision(input, { kind: 'start_rollout', startedAt: input.now }, { code: 'start_due', wave: null });
  return { decisions: [start], blockers: [], nextTimerAt: null };
}
