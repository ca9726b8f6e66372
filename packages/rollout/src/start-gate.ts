/** What must be so before a wave starts, besides the gates of the waves before it: no freeze, and the approval that its policy asks for. */
import { blocker } from './blockers.ts';
import type { Blocker, EngineStep } from './decision.ts';
import { decision } from './decision-builder.ts';
import type { EngineInput, FreezeInput, WaveInput } from './engine-input.ts';
import { wavePolicyOf } from './late-wave.ts';
import { freezeFor } from './rollback-policy.ts';
import { waveName } from './sentences.ts';
import { earliest, nextDeadline } from './timers.ts';

/** What holds a wave back that is next; null: it may start. */
export function startGate(input: EngineInput, wave: WaveInput): EngineStep | null {
  const approval = wavePolicyOf(input.policy, wave.index)?.approval;
  if (approval !== undefined && wave.approvals < approval.required) {
    if (wave.state === 'pending') {
      const change = { kind: 'await_gate', wave: wave.index } as const;
      return { decisions: [decision(input, change, { code: 'approval_needed', wave })], blockers: [], nextTimerAt: null };
    }
    const waits = blocker(
      'waiting_for_wave_approval',
      `${waveName(wave.index)} has ${wave.approvals} of ${approval.required} approvals.`,
      `Somebody with the role ${approval.role}${approval.creatorExcluded ? ' who did not create the rollout' : ''} approves it.`,
      { wave: wave.index, numbers: { approvals: wave.approvals, required: approval.required } },
    );
    return { decisions: [], blockers: [waits], nextTimerAt: nextDeadline(input) };
  }
  const freeze = freezeFor(input.rollout);
  if (freeze === null) return null;
  return { decisions: [], blockers: [freezeBlocker(freeze, wave.index)], nextTimerAt: earliest([freeze.until, nextDeadline(input)]) };
}

/** Says that nothing starts because of a freeze. */
export function freezeBlocker(freeze: FreezeInput, wave: number | null): Blocker {
  const until = freeze.until === null ? 'until it is lifted' : `until ${new Date(freeze.until).toISOString()}`;
  return blocker(
    'frozen',
    `Nothing new starts ${until}: ${freeze.name}.`,
    'The freeze ends or is lifted, or an owner lets the rollout through as a hotfix.',
    { wave, until: freeze.until },
  );
}
