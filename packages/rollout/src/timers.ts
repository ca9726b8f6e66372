/** Deadlines: server time since the wave started. They belong to the wave, so no device carries a timer of its own (21, 23). */
import type { Decision } from './decision.ts';
import { decision, waveNumbers } from './decision-builder.ts';
import type { EngineInput, WaveInput } from './engine-input.ts';
import { lateWaveOf } from './late-wave.ts';
import { offlineDecisions } from './offline.ts';

/** The deadline of a wave that has started and has open deployments; otherwise null. */
function deadlineOf(wave: WaveInput): number | null {
  const hasStarted = wave.state !== 'pending' && wave.state !== 'awaiting_gate';
  return hasStarted && waveNumbers(wave).open > 0 ? wave.deadlineAt : null;
}

/** Times out what is still open in each started wave whose deadline has passed. */
export function deadlineDecisions(input: EngineInput): readonly Decision[] {
  return input.waves.flatMap((wave) => {
    const deadlineAt = deadlineOf(wave);
    if (deadlineAt === null || input.now < deadlineAt) return [];
    // Who of the late wave never came back has failed at nothing.
    const aside = wave.index === lateWaveOf(input.policy) ? offlineDecisions(input, wave) : [];
    if (aside.length > 0) return aside;
    const change = { kind: 'time_out_wave_deployments', wave: wave.index, count: waveNumbers(wave).open } as const;
    return [decision(input, change, { code: 'deadline_passed', wave })];
  });
}

/** The next deadline of any wave with open deployments; null if there is none. */
export function nextDeadline(input: EngineInput): number | null {
  return earliest(input.waves.map(deadlineOf));
}

/** The earliest of several times; null means never. */
export function earliest(times: readonly (number | null)[]): number | null {
  return times.reduce((first, time) => (first === null || (time !== null && time < first) ? time : first), null);
}
