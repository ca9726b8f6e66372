import type { RolloutPolicy, RolloutState, WaveState } from '@sluice/contracts';
import type { DeploymentCounts } from './gate.ts';

/** Why a rollout is paused. Only a person's resume ends a pause; resuming any cause but `person` forces the gate of `wave`. */
export type PauseCause = 'person' | 'breach' | 'inconclusive' | 'regress';

export interface PauseInput {
  readonly cause: PauseCause;
  /** The wave whose gate stopped the rollout; null when a person paused. */
  readonly wave: number | null;
  readonly at: number;
}

export interface AbortInput {
  /** `breach` ends as `failed`, `person` as `aborted`. */
  readonly cause: 'person' | 'breach';
  /** Devices that already succeeded go back to their own previous good release. */
  readonly rollBack: boolean;
}

/** The rollout row as the engine sees it. All times are epoch milliseconds of the server. */
export interface RolloutInput {
  readonly state: RolloutState;
  /** `rollback` rollouts are never rolled back automatically (14). */
  readonly purpose: 'update' | 'rollback';
  /** Not before this time; null: at once. */
  readonly startAt: number | null;
  readonly startedAt: number | null;
  /** Set exactly while `state` is `paused`. */
  readonly pause: PauseInput | null;
  /** Set from `aborting` on. */
  readonly abort: AbortInput | null;
  /** How many succeeded devices of this rollout were already handed over to a rollback rollout. */
  readonly handedToRollback: number;
}

/** One wave row with its counters, kept in the same transaction as the deployments. */
export interface WaveInput {
  readonly index: number;
  readonly state: WaveState;
  readonly startedAt: number | null;
  /** When its open deployments time out; set by `start_wave`, moved by a pause. Null before the start. */
  readonly deadlineAt: number | null;
  /** Since when all its devices are healthy without a break; null while soak is interrupted or has not begun. */
  readonly soakStartedAt: number | null;
  /** A named person forced every gate of this wave. */
  readonly gateForced: boolean;
  readonly counts: DeploymentCounts;
  /** Devices whose deployment in this wave succeeded and that are unhealthy now. */
  readonly unhealthySucceeded: number;
  /** When such a device was last seen unhealthy; a flap between two steps is not lost this way. */
  readonly lastUnhealthyAt: number | null;
}

export interface EngineInput {
  readonly policy: RolloutPolicy;
  readonly policyVersion: number;
  readonly rollout: RolloutInput;
  /** All waves of the rollout, in the order of their index, which counts from 0 and matches `policy.waves`. */
  readonly waves: readonly WaveInput[];
  /** Server time, epoch milliseconds. */
  readonly now: number;
}
