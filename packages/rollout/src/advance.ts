/** A person forces the next wave. */
import type { Decision } from './decision.ts';
import { decision } from './decision-builder.ts';
import type { EngineInput, WaveInput } from './engine-input.ts';
import { wavePolicyOf } from './late-wave.ts';
import { waveName } from './sentences.ts';
import { decideStart, isBehind } from './waves.ts';

export type Advance =
  | { readonly decision: Decision }
  | { readonly code: 'not_running' | 'already_aborting' | 'not_at_gate'; readonly sentence: string };

/** What forcing the next wave means now: the gates of the one that waits are forced, or the next starts without its approvals. */
export function requestAdvance(input: EngineInput): Advance {
  const { state } = input.rollout;
  if (state === 'aborting') return { code: 'already_aborting', sentence: 'The rollout is being aborted and starts nothing new.' };
  if (state === 'paused') return { code: 'not_running', sentence: 'The rollout is paused. Resume it: after a gate this forces it, too.' };
  if (state !== 'running') return { code: 'not_running', sentence: 'The rollout has not started, so no wave waits at a gate.' };
  const wave = input.waves.find((each) => !isBehind(each));
  if (wave === undefined)
    return { code: 'not_at_gate', sentence: 'No wave is left to force: the rollout ends when its last devices have.' };
  if (wave.gateForced) return { code: 'not_at_gate', sentence: `${waveName(wave.index)} is forced already and waits for its devices.` };
  if (wave.state === 'soaking' || wave.state === 'analyzing') {
    return { decision: decision(input, { kind: 'force_gate', wave: wave.index }, { code: 'requested_by_person', wave }) };
  }
  if (wave.state === 'awaiting_gate' || wave.state === 'pending') return startWithoutApprovals(input, wave);
  return { code: 'not_at_gate', sentence: `${waveName(wave.index)} waits for its devices, not at a gate. Nobody can force those.` };
}

/** The wave starts now if nothing but its approvals holds it. */
function startWithoutApprovals(input: EngineInput, wave: WaveInput): Advance {
  const required = wavePolicyOf(input.policy, wave.index)?.approval?.required ?? 0;
  if (wave.approvals >= required && wave.state === 'pending')
    return { code: 'not_at_gate', sentence: `${waveName(wave.index)} waits for no gate that can be forced: see its blockers.` };
  const approved = { ...wave, approvals: Math.max(wave.approvals, required) };
  const step = decideStart({ ...input, waves: input.waves.map((each) => (each === wave ? approved : each)) }, approved);
  const start = step.decisions.find((each) => each.kind === 'start_wave');
  if (start?.kind !== 'start_wave') {
    const why = step.blockers[0]?.sentence ?? 'Something else has to be decided first.';
    return { code: 'not_at_gate', sentence: `${waveName(wave.index)} cannot start even without its approvals. ${why}` };
  }
  const { kind, startedAt, deadlineAt } = start;
  const sentence = `A person let ${waveName(wave.index).toLowerCase()} start with ${wave.approvals} of ${required} approvals.`;
  return { decision: decision(input, { kind, wave: wave.index, startedAt, deadlineAt }, { code: 'requested_by_person', wave, sentence }) };
}
