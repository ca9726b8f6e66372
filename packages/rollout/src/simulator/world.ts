import type { Decision, EngineStep } from '../decision.ts';
import type { DeploymentPosition, DeploymentReport, ReportOutcome } from '../deployment-report.ts';
import type { EngineInput, PauseInput } from '../engine-input.ts';
import type { DeploymentCounts } from '../gate.ts';
import type { RolloutRequest } from '../request.ts';
import type { MemoryStore } from './memory-store.ts';
import type { Random } from './random.ts';
import type { DeviceModel, Scenario } from './scenario.ts';
import type { Timeline } from './timeline.ts';

/** A time in which a device whose deployment had succeeded was unhealthy, as the server saw it. `to` null: it still is. */
export interface UnhealthySpan {
  readonly deviceId: string;
  readonly wave: number;
  readonly from: number;
  to: number | null;
}

export interface ReportObservation {
  readonly report: DeploymentReport;
  readonly outcome: ReportOutcome;
  readonly before: DeploymentPosition;
  readonly after: DeploymentPosition;
  readonly countsBefore: DeploymentCounts;
  readonly countsAfter: DeploymentCounts;
}

/** What the invariants look at while a run goes on. */
export interface Observer {
  decided(input: EngineInput, step: EngineStep): void;
  applied(decision: Decision): void;
  requested(request: RolloutRequest, pause: PauseInput | null): void;
  reported(observation: ReportObservation): void;
}

/** Everything a run consists of. */
export interface World {
  readonly scenario: Scenario;
  readonly start: number;
  readonly timeline: Timeline;
  readonly random: Random;
  readonly store: MemoryStore;
  readonly observer: Observer;
  readonly unhealthySpans: UnhealthySpan[];
  /** Devices that the control plane heard to have committed the release: they refuse any older one from then on. */
  readonly committed: Set<string>;
  /** The sites of devices that got another label. */
  readonly relabelled: Map<string, number>;
  /** Of each device when the newest of the reports was sent that arrived: older ones that follow come out of order. */
  readonly arrived: Map<string, number>;
  /** Each time that a device began to change itself; `whilePaused`: though it could have heard that the rollout was paused. */
  readonly switches: { readonly device: DeviceModel; readonly at: number; readonly whilePaused: boolean }[];
  /** How often each kind of fault happened. */
  readonly faults: Map<string, number>;
  /** Asks the controllers to look, soon. */
  hint(): void;
  /** The sweep, which finds what a lost hint has left undone even when the rollout has ended. */
  sweepLater(): void;
}

export function countFault(world: World, kind: string): void {
  world.faults.set(kind, (world.faults.get(kind) ?? 0) + 1);
}
