/** Whether a release may go into a stage: pure functions from facts and time to blockers. See README.md. */
export type { PromotionBlocker } from './blocker.ts';
export { type Eligibility, eligibilityOf, isAutomaticallyWanted } from './eligibility.ts';
export type {
  EligibilityFacts,
  FindingFacts,
  FreezeFacts,
  HoldFacts,
  InFlight,
  MissingVariable,
  OpenPromotion,
  PromotionFacts,
  ReleaseFacts,
  StageFacts,
  UpstreamFacts,
  UpstreamRollout,
} from './facts.ts';
