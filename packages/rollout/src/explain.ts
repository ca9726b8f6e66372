/**
 * "Why is it not moving, and what would unblock it?", for a rollout, for one of its waves, and for a single device. INVARIANTS
 * - Whatever has not come to its end has an answer (22): a device that waits is told of what it waits for itself, not only of what holds its rollout.
 * - The same engine that decides is asked: an answer here is what the next step will do.
 */

import { blocker } from './blockers.ts';
import type { Blocker } from './decision.ts';
import { isTerminalWaveState } from './deployment-states.ts';
import { decide } from './engine.ts';
import type { EngineInput, WaveInput } from './engine-input.ts';
import { type DeviceSituation, explainDevice } from './explain-device.ts';
import { waveName } from './sentences.ts';

/** Who does not move. */
export type BlockerSubject =
  | { readonly kind: 'rollout' }
  | { readonly kind: 'wave'; readonly index: number }
  | { readonly kind: 'device'; readonly device: DeviceSituation };

/**
 * What holds it, the nearest cause first; empty: nothing does, or it has come to its end.
 * @param engine the rollout; null for a device that no rollout has chosen
 */
export function blockersOf(engine: EngineInput | null, subject: BlockerSubject): readonly Blocker[] {
  switch (subject.kind) {
    case 'rollout':
      return engine === null ? [] : decide(engine).blockers;
    case 'wave':
      return engine === null ? [] : waveBlockers(engine, subject.index);
    case 'device': {
      const { device } = subject;
      const wave = device.deployment?.wave ?? null;
      return explainDevice(device, engine === null || wave === null ? [] : waveBlockers(engine, wave));
    }
  }
}

function waveBlockers(engine: EngineInput, index: number): readonly Blocker[] {
  const wave = engine.waves.find((each) => each.index === index);
  if (wave !== undefined && isTerminalWaveState(wave.state)) return [];
  const { blockers } = decide(engine);
  const current = engine.waves.find(({ state }) => !isTerminalWaveState(state));
  if (wave === undefined || current === undefined || current.index >= index) return blockers;
  return [notStarted(wave, current), ...blockers];
}

function notStarted(wave: WaveInput, current: WaveInput): Blocker {
  const name = waveName(current.index).toLowerCase();
  const sentence = `${waveName(wave.index)} has not started: ${name} comes first.`;
  return blocker('wave_not_started', sentence, `${waveName(current.index)} passes its gates, or somebody forces them.`, {
    wave: wave.index,
    numbers: { currentWave: current.index },
  });
}
