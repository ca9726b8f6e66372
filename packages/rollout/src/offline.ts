/**
 * Devices that are not there when it is their turn. INVARIANTS
 * - Only what a device has not accepted is set aside: it has begun nothing. Its desired state goes back in the same transaction.
 * - Who is excluded leaves the denominator and is counted apart: it is evidence of nothing. Who goes to the late wave stays a member.
 * - In the late wave they have the whole deadline to come back; who was not seen by then is excluded, and fails nobody.
 */
import { blocker } from './blockers.ts';
import type { Blocker, Decision, EngineStep } from './decision.ts';
import { decision } from './decision-builder.ts';
import type { EngineInput, WaveInput } from './engine-input.ts';
import { lateWaveOf } from './late-wave.ts';
import { devices, waveName } from './sentences.ts';
import { earliest } from './timers.ts';

/** How the devices of a wave are set aside that are offline now; empty: none is, or the policy waits for them. */
export function offlineDecisions(input: EngineInput, wave: WaveInput): readonly Decision[] {
  const { offline } = input.policy;
  const count = wave.offline?.devices ?? 0;
  if (offline === undefined || offline.action === 'wait' || count === 0) return [];
  const isLate = wave.index === lateWaveOf(input.policy);
  const isOver = wave.deadlineAt !== null && input.now >= wave.deadlineAt;
  if (isLate && offline.action === 'late_wave' && !isOver) return [];
  const action = isLate ? 'exclude' : offline.action;
  return [decision(input, { kind: 'set_aside', wave: wave.index, count, action }, { code: 'devices_offline', wave })];
}

/** A step that waits for a wave looks again when the next of its devices has been away for too long. */
export function untilOffline(step: EngineStep, wave: WaveInput): EngineStep {
  if (step.decisions.length > 0) return step;
  return { ...step, nextTimerAt: earliest([step.nextTimerAt, wave.offline?.nextAt ?? null]) };
}

/** Says that a wave waits for devices that are not there; null: it does not. */
export function offlineBlocker(wave: WaveInput): Blocker | null {
  const count = wave.offline?.devices ?? 0;
  if (count === 0) return null;
  return blocker(
    'devices_offline',
    `${devices(count)} of ${waveName(wave.index).toLowerCase()} ${count === 1 ? 'was' : 'were'} not seen lately.`,
    'They come back, or the deadline of the wave passes.',
    { wave: wave.index, until: wave.deadlineAt, numbers: { devices: count } },
  );
}
