/** What is recorded of a fleet, as forecasts take it. All times are epoch milliseconds, all durations milliseconds. */
import type { DeploymentState, RolloutPolicy } from '@sluice/contracts';
import type { HoldInput } from '../engine-input.ts';

/** A device of the rollout that needs the release. */
export interface DeviceRecord {
  readonly id: string;
  readonly name: string;
  readonly wave: number;
  /** IANA name of its time zone. */
  readonly zone: string;
  /** Its agent can be told ahead of a maintenance window, and waits for it. */
  readonly waitsByItself: boolean;
  /** Null: never. */
  readonly lastSeenAt: number | null;
  /** From when on its silences are counted; null: they are not. */
  readonly watchedSince: number | null;
  /** Silences that ended: how many, how long in all, and the longest. */
  readonly offlineCount: number;
  readonly offlineMs: number;
  readonly offlineLongestMs: number;
  readonly unhealthy: boolean;
  /** When it was last seen unhealthy; null: never. */
  readonly lastUnhealthyAt: number | null;
  /** The room that it takes while it changes: places in {@link ForecastInput.rooms}. */
  readonly rooms: readonly number[];
}

/** A deployment of a rollout that ended well: what its device does with a release that is good. */
export interface PastDeployment {
  readonly deviceId: string;
  readonly state: DeploymentState;
  /** From the offer to the first answer. */
  readonly answerMs: number | null;
  /** From the answer until everything had arrived. */
  readonly fetchMs: number | null;
  /** From the beginning of the change to its end. */
  readonly changeMs: number | null;
}

/** Devices of a disruption budget that may be unavailable at once, and those that are so now through other things. */
export interface RoomRecord {
  readonly name: string;
  readonly limit: number;
  readonly taken: number;
}

export interface FreezeRecord {
  readonly name: string;
  readonly from: number;
  /** Null: until somebody lifts it. */
  readonly to: number | null;
}

export interface ForecastInput {
  readonly seed: number;
  readonly now: number;
  readonly policy: RolloutPolicy;
  /** Not before; null: at once. */
  readonly startAt: number | null;
  /** Exact sizes of the waves, devices that need nothing left out. */
  readonly waveSizes: readonly number[];
  /** All devices that need the release, or so many of each wave that they stand for the others. */
  readonly devices: readonly DeviceRecord[];
  readonly past: readonly PastDeployment[];
  readonly rooms: readonly RoomRecord[];
  /** Freezes that hold now or are declared; none when the rollout passes them. */
  readonly freezes: readonly FreezeRecord[];
  /** A hold that keeps the release out of the stage; forecasts take it to be lifted. */
  readonly hold?: HoldInput | null;
}
