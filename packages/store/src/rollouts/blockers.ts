import type { Blocker, WaveBlockers } from '@sluice/contracts';
import { blockersOf, type Blocker as EngineBlocker } from '@sluice/rollout';
import type { Reader } from '../base/reader.ts';
import { notFound } from '../errors.ts';
import { loadRollout } from './load.ts';

/** A blocker of the engine in the form of the API. */
export function toBlocker({ wave, until, numbers, ...blocker }: EngineBlocker): Blocker {
  return { ...blocker, waveIndex: wave, until: until === null ? null : new Date(until).toISOString(), numbers: { ...numbers } };
}

/**
 * Why a wave does not move, and what would change that.
 * @throws StoreError NOT_FOUND: no such rollout, or it has no such wave
 */
export async function getWaveBlockers(
  reader: Reader,
  organizationId: string,
  target: { rolloutId: string; waveIndex: number; now: Date },
): Promise<WaveBlockers> {
  const { rolloutId, waveIndex, now } = target;
  const loaded = await loadRollout(reader, rolloutId, { now, lock: false });
  if (loaded === undefined || loaded.record.organizationId !== organizationId) throw notFound('rollout', rolloutId);
  const wave = loaded.input.waves.find(({ index }) => index === waveIndex);
  if (wave === undefined) throw notFound('wave', String(waveIndex));
  const blockers = blockersOf(loaded.input, { kind: 'wave', index: waveIndex }).map(toBlocker);
  return { rolloutId, waveIndex, state: wave.state, blockers };
}
