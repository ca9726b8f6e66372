import type { RolloutState } from '@sluice/contracts';
import type { StageName } from '../sites.ts';

/** One rollout of the story, as it ended. Durations in milliseconds, measured outside of Sluice at the broker. */
export type RolloutResult = {
  release: string;
  stage: StageName;
  outcome: RolloutState;
  waves: number;
  devicesSucceeded: number;
  devicesRolledBack: number;
  devicesUntouched: number;
  reason: string | null;
  durationMs: number;
  /** The longest silence of a line whose device was switched; null when nothing had run there before. */
  worstGapMs: number | null;
};

export type DeviceResult = { name: string; stage: StageName; running: string | null; healthy: boolean };

/** What `npm run demo -- --json` prints as its last line. `failures` names each claim that did not hold. */
export type DemoResult = { ok: boolean; devices: DeviceResult[]; rollouts: RolloutResult[]; failures: string[] };
