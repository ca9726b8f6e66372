import type { RolloutState, StageGates } from '@sluice/contracts';
import type { ApprovalGiven } from '@sluice/rollout';

// Times are milliseconds since 1970.

export interface ReleaseFacts {
  readonly id: string;
  readonly name: string;
  readonly counter: number;
  readonly applicationId: string;
}

/** A rollout of another release, or of the same one, that has not ended. */
export interface InFlight {
  readonly rolloutId: string;
  readonly releaseName: string;
  readonly state: RolloutState;
  readonly by: string;
  readonly isRollback: boolean;
}

/** A promotion that waits in the stage. */
export interface OpenPromotion {
  readonly id: string;
  readonly releaseId: string;
  readonly releaseName: string;
  readonly by: string;
  readonly at: number;
}

/** Who holds a stage back; `releaseId` null: for every release. */
export interface HoldFacts {
  readonly releaseId: string | null;
  readonly reason: string;
  readonly by: string;
}

export interface FreezeFacts {
  readonly name: string;
  readonly startsAt: number;
  /** null: until it is lifted. */
  readonly until: number | null;
}

/** A required variable that some devices of the stage do not get. */
export interface MissingVariable {
  readonly name: string;
  readonly devices: number;
  /** Names of the groups that those devices are in. */
  readonly groups: readonly string[];
}

/** What is the same for every release that could go into the stage. */
export interface StageFacts {
  readonly id: string;
  readonly name: string;
  readonly applicationId: string;
  readonly isDeleted: boolean;
  readonly gates: StageGates;
  /** Its groups hold an approved device. */
  readonly hasDevices: boolean;
  /** The release of the newest rollout that ended well there. */
  readonly running: { readonly releaseId: string; readonly releaseName: string; readonly counter: number } | null;
  /** Every device of the stage runs that release already, as it is configured now. */
  readonly isSettled: boolean;
  readonly inFlight: readonly InFlight[];
  readonly open: OpenPromotion | null;
  readonly holds: readonly HoldFacts[];
  readonly freezes: readonly FreezeFacts[];
  /** What devices of the stage lack, of all variables that releases ask for. */
  readonly missing: ReadonlyMap<string, MissingVariable>;
}

/** The newest rollout of the release in an upstream stage, and how its devices are since. */
export interface UpstreamRollout {
  readonly id: string;
  readonly state: RolloutState;
  readonly finishedAt: number | null;
  /** A rollout that took it back there. */
  readonly isRolledBack: boolean;
  /** When another release replaced it there, and which one. */
  readonly replaced: { readonly at: number; readonly by: string } | null;
  /** Devices of it that are unhealthy now, and that were not heard of for too long. */
  readonly unhealthy: number;
  readonly lost: number;
  /** The last moment at which a device of it was known to be unhealthy or lost. */
  readonly brokenAt: number | null;
}

export interface UpstreamFacts {
  readonly stageId: string;
  readonly name: string;
  readonly isDeleted: boolean;
  readonly rollout: UpstreamRollout | null;
}

/** Something that the policies found and that blocks in the stage; `waivedUntil` null: it is not waived; Infinity: without end. */
export interface FindingFacts {
  readonly rule: string;
  readonly subject: string;
  readonly waivedUntil: number | null;
}

/** What was asked for. Left out while nobody has promoted the release. */
export interface PromotionFacts {
  readonly id: string;
  readonly creatorId: string;
  readonly revision: number;
  readonly approvals: readonly ApprovalGiven[];
  readonly startAt: number | null;
  readonly isHotfix: boolean;
  /** It waits for no rollout in flight: its own takes their devices over. */
  readonly supersede: boolean;
}

/** Everything that decides whether one release may go into one stage. */
export interface EligibilityFacts {
  readonly release: ReleaseFacts;
  /** Names of variables that the release requires and gives no default. */
  readonly requires: readonly string[];
  readonly stage: StageFacts;
  readonly upstreams: readonly UpstreamFacts[];
  readonly findings: readonly FindingFacts[];
  readonly promotion: PromotionFacts | null;
}
