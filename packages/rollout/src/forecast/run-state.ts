/** What one run of a forecast consists of. */
import type { RolloutPolicy } from '@sluice/contracts';
import type { HoldInput, WaveInput } from '../engine-input.ts';
import type { Random } from '../simulator/random.ts';
import type { Timeline } from '../simulator/timeline.ts';
import type { DeviceLife } from './device-life.ts';
import type { FleetModel } from './fleet-model.ts';
import type { FreezeRecord, RoomRecord } from './records.ts';
import type { Queue } from './run-queue.ts';
import type { Tables } from './run-tables.ts';
import type { WindowClock } from './window-clock.ts';

export interface RunInput {
  readonly seed: number;
  readonly start: number;
  readonly policy: RolloutPolicy;
  readonly startAt: number | null;
  readonly waveSizes: readonly number[];
  readonly fleet: FleetModel;
  readonly rooms: readonly RoomRecord[];
  readonly freezes: readonly FreezeRecord[];
  /** Freezes without an end. */
  readonly openFreezes: 'hold' | 'lifted';
  readonly hold: HoldInput | null;
  readonly windows: readonly WindowClock[] | null;
  /** How soon after a report the engine looks: reports within that time are judged together. */
  readonly lookMs: number;
}

/** What a gate counted most of when it stopped a good release. */
export type StopCause = 'timed_out' | 'failed' | 'unhealthy';

/** A run that goes on. */
export interface Run {
  readonly input: RunInput;
  readonly timeline: Timeline;
  readonly random: Random;
  readonly tables: Tables;
  readonly queue: Queue;
  readonly lives: (DeviceLife | undefined)[];
  /** Devices of a wave that have accepted nothing and are away for too long, if its policy does not wait for them. */
  readonly offlineOf: (wave: number, now: number) => Pick<WaveInput, 'offline'>;
  /** Asks the engine to look, soon. */
  readonly hint: () => void;
  readonly late: Set<number>;
  /** When each device first answers the offer it has. */
  readonly answersAt: Map<number, number>;
  isOver: boolean;
  stopped: { readonly wave: number; readonly cause: StopCause } | null;
  lookIsDue: boolean;
}
