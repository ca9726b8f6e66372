/**
 * The soak gate: the updated devices of a wave are healthy for a continuous time.
 * - The time starts again when one of them becomes unhealthy, and runs only while all are healthy.
 * - It is bounded, so that one flapping device within the error percent cannot hold a rollout for ever: an interruption at or
 *   after `deadlineAt + soakMs` ends the soak, and the threshold alone (unhealthy devices counted as failed) decides.
 *   Every wave has the time for one whole soak before.
 * - Soak time runs on while a rollout is paused: devices are watched all the same.
 */
import type { WaveInput } from './engine-input.ts';

export type SoakJudgement =
  | { readonly kind: 'restart'; readonly soakStartedAt: number | null; readonly wakeAt: null }
  | { readonly kind: 'completed'; readonly wakeAt: null }
  | { readonly kind: 'limit_reached'; readonly wakeAt: null }
  | { readonly kind: 'waiting'; readonly wakeAt: number };

/** Judges the soak of a wave in state `soaking` at `now`. `wakeAt` is when to look again. Times in epoch milliseconds. */
export function judgeSoak(wave: WaveInput, soakMs: number, now: number): SoakJudgement {
  const { soakStartedAt, unhealthySucceeded, lastUnhealthyAt } = wave;
  const limitAt = (wave.deadlineAt ?? now) + soakMs;
  const isUnbroken = unhealthySucceeded === 0 && soakStartedAt !== null && (lastUnhealthyAt ?? soakStartedAt) <= soakStartedAt;
  if (isUnbroken) {
    const endsAt = soakStartedAt + soakMs;
    return now >= endsAt ? { kind: 'completed', wakeAt: null } : { kind: 'waiting', wakeAt: endsAt };
  }
  if (now >= limitAt) return { kind: 'limit_reached', wakeAt: null };
  if (unhealthySucceeded === 0) return { kind: 'restart', soakStartedAt: now, wakeAt: null };
  if (soakStartedAt !== null) return { kind: 'restart', soakStartedAt: null, wakeAt: null };
  return { kind: 'waiting', wakeAt: limitAt };
}
