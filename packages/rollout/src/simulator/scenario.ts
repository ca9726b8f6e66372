import type { AnalysisSignal, RolloutPolicy } from '@sluice/contracts';
import type { RolloutRequest } from '../request.ts';

export const deviceResults = ['succeeded', 'failed', 'rolled_back', 'rollback_failed', 'rejected', 'silent'] as const;
export type DeviceResult = (typeof deviceResults)[number];

/** How one simulated device behaves. Durations in milliseconds, times relative to the start of the run. */
export interface DeviceModel {
  readonly id: string;
  readonly name: string;
  /** It runs the release already: its deployment is made `skipped`. */
  readonly alreadyCurrent: boolean;
  readonly pollMs: number;
  /** Time between two of its states. */
  readonly stepMs: number;
  readonly offline: readonly { readonly from: number; readonly to: number }[];
  /** How its first attempt ends, and each further one below `succeedsFromAttempt`. */
  readonly result: DeviceResult;
  /** From this attempt on it succeeds; null: never by trying again. */
  readonly succeedsFromAttempt: number | null;
  readonly site: number;
  /** Its time zone, by number. */
  readonly zone: number;
  /** A rollout of higher priority has it until then; null: none. */
  readonly heldUntil: number | null;
  /** When it joins the stage; null: it is there from the start. */
  readonly joinsAt: number | null;
  /** Health after success: unhealthy so long after, for so long; `forMs` null: it never recovers. */
  readonly regressions: readonly { readonly afterMs: number; readonly forMs: number | null }[];
  readonly measured: Readonly<Partial<Record<AnalysisSignal, MeasuredModel>>>;
  readonly delayMaxMs: number;
  readonly duplicatePercent: number;
  readonly losePercent: number;
  readonly wrongAttemptPercent: number;
  /** How far its clock is ahead of the server's; negative: behind. What it says about time is data and decides nothing (19). */
  readonly clockSkewMs: number;
}

/** The labels of a device, as rollout policies name them. */
export function labelsOf(device: DeviceModel): Readonly<Record<string, string>> {
  return { site: `site-${device.site}` };
}

/** What a device reports of a signal, in thousandths, before its update and after; null: nothing. In every other ten minutes it is `spike` more. */
export interface MeasuredModel {
  readonly before: number | null;
  readonly after: number | null;
  readonly spike: number;
}

export type DeviceCommand = 'cancel' | 'remove' | 'supersede' | 'skip';

/** A maintenance window that recurs: open for `openMs` at the beginning of every period, shifted for each time zone. */
export interface WindowModel {
  readonly openMs: number;
  readonly everyMs: number;
  readonly zoneShiftMs: number;
  /** Devices are told so long before it opens, and wait by themselves. */
  readonly leadMs: number;
  /** The devices of this zone have older agents, which would not wait: they are told when it opens. null: none. */
  readonly oldZone: number | null;
}

/** What people do, and when. */
export type PersonAct =
  | { readonly at: number; readonly kind: 'request'; readonly request: RolloutRequest }
  | { readonly at: number; readonly kind: 'device'; readonly command: DeviceCommand; readonly deviceId: string }
  /** Another value of its label: it is in another budget from now on, and in the wave in which it was. */
  | { readonly at: number; readonly kind: 'relabel'; readonly deviceId: string; readonly site: number }
  /** The policy of the stage is edited: rollouts that exist keep the copy they were created with. */
  | { readonly at: number; readonly kind: 'edit_policy'; readonly policy: RolloutPolicy };

/** One run, completely described: the same scenario gives the same run. */
export interface Scenario {
  readonly seed: number;
  readonly policy: RolloutPolicy;
  readonly policyVersion: number;
  readonly purpose: 'update' | 'rollback';
  /** Of a rollback made as the store makes them: the policy of what it takes back, and who is unhealthy before; left out: any policy. */
  readonly rollback?: { readonly of: RolloutPolicy; readonly unhealthy: readonly string[] };
  /** Relative to the start of the run; null: at once. */
  readonly startAt: number | null;
  readonly devices: readonly DeviceModel[];
  readonly controllers: 1 | 2;
  /** Before each write, a controller crashes in so many percent of cases. */
  readonly crashPercent: number;
  /** Set-based statements touch at most so many rows. */
  readonly batchMax: number;
  /** Time between reading and each write of a controller. */
  readonly writeDelayMaxMs: number;
  /** Hints to look (a job after a report) that are lost. The sweep repairs them. */
  readonly loseHintPercent: number;
  readonly sweepMs: number;
  readonly people: readonly PersonAct[];
  /** In so many percent of cases a person acts between the reading and the writing of a controller: the worst moment. */
  readonly meddlePercent: number;
  readonly window: WindowModel | null;
  readonly budgets: readonly { readonly site: number; readonly maximumUnavailable: number }[];
  /** Times in which nothing new starts, unless the rollout is a hotfix. */
  readonly freezes: readonly { readonly from: number; readonly to: number }[];
  readonly hotfix: boolean;
  /** The stage is held from the start on for so long; null: it is not. */
  readonly heldForMs: number | null;
  /** How an approval that is asked for is answered, in percent; the rest of the first ones is a rejection. */
  readonly approvePercent: number;
  /** How a paused rollout goes on, in percent; the rest aborts or rolls back. */
  readonly resumePercent: number;
}
