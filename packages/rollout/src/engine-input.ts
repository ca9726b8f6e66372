import type { RolloutPolicy, RolloutState, WaveState } from '@sluice/contracts';
import type { AnalysisInput } from './analysis.ts';
import type { DeploymentCounts } from './gate.ts';
import type { OffersInput } from './rate.ts';

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

/** A time in which nothing new starts, declared by a person. */
export interface FreezeInput {
  readonly name: string;
  /** Epoch milliseconds; null: until somebody lifts it. */
  readonly until: number | null;
}

/** A person said that the release shall not go into this stage. */
export interface HoldInput {
  readonly reason: string;
  readonly by: string;
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
  /** Valid approvals of the start, counted by `countApprovals`. */
  readonly approvals: number;
  /** The freeze that holds now; null when there is none, or when the rollout is a hotfix that a person let through. */
  readonly freeze: FreezeInput | null;
  readonly offers: OffersInput;
  /** What keeps it from starting; left out or null: nothing. */
  readonly hold?: HoldInput | null;
}

/** Why queued devices of a wave cannot be offered the release now. */
export interface OfferWait {
  readonly cause: 'window' | 'budget' | 'priority' | 'retry' | 'restored';
  /** The window's time zone, the budget, the rollout that comes first. Empty when there is nothing to name. */
  readonly name: string;
  readonly devices: number;
  /** When that changes by itself; null: when something else happens. */
  readonly until: number | null;
}

/** Which of a wave's devices may move on now, as the store counted them. */
export interface OfferableInput {
  /** Scheduled devices that may be queued: no rollout of higher priority has them. */
  readonly queue: number;
  /** Queued devices that may be offered the release. */
  readonly now: number;
  /** Of those that may be queued, how many may be offered the release in the same moment; left out: that is looked at once they are queued. */
  readonly straight?: number;
  /** Why the others wait. A device may wait for several things and is then counted at each. */
  readonly waits: readonly OfferWait[];
}

/** Devices of a wave that have not accepted the release and were not seen for as long as the policy says. */
export interface OfflineInput {
  readonly devices: number;
  /** When the next one will have been away for so long; null: nobody. */
  readonly nextAt: number | null;
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
  /** Valid approvals of this wave, counted by `countApprovals`. */
  readonly approvals: number;
  readonly offerable: OfferableInput;
  /** Left out: nobody asks, because the policy waits for its devices or the wave's turn has not come. */
  readonly offline?: OfflineInput;
  /** From the beginning of its analysis on; null: it has none, or it has not begun. */
  readonly analysis: AnalysisInput | null;
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
