/**
 * The late wave: one more after those of the policy, for devices that are offline when it is their turn and for those that join meanwhile.
 * It keeps the rules of the policy's last wave, under the same rate, budgets and windows: nobody passes a gate by being late.
 */
import type { RolloutPolicy, WavePolicy } from '@sluice/contracts';

type LatePolicy = Pick<RolloutPolicy, 'waves' | 'membership' | 'offline'>;

/** The index of the late wave; null: the policy has none. */
export function lateWaveOf({ waves, membership, offline }: LatePolicy): number | null {
  return membership === 'continuous' || offline?.action === 'late_wave' ? waves.length : null;
}

/** The rules of a wave. */
export function wavePolicyOf(policy: LatePolicy, index: number): WavePolicy | undefined {
  return index === lateWaveOf(policy) ? policy.waves.at(-1) : policy.waves[index];
}
