import type { EligibilityFacts, PromotionFacts, StageFacts, UpstreamFacts, UpstreamRollout } from '../facts.ts';

export const hour = 3_600_000;
export const now = Date.UTC(2026, 10, 20, 12);

/** A stage with devices that takes anything at any time. */
export const openStage: StageFacts = {
  id: 'prod',
  name: 'prod',
  applicationId: 'line',
  isDeleted: false,
  gates: { soakMs: 0, automatic: false },
  hasDevices: true,
  running: null,
  isSettled: false,
  inFlight: [],
  open: null,
  holds: [],
  freezes: [],
  missing: new Map(),
};

export const promotion: PromotionFacts = {
  id: 'p1',
  creatorId: 'anna',
  revision: 1,
  approvals: [],
  startAt: null,
  isHotfix: false,
  supersede: false,
};

const rollout: UpstreamRollout = {
  id: 'r1',
  state: 'succeeded',
  finishedAt: now - hour,
  isRolledBack: false,
  replaced: null,
  unhealthy: 0,
  lost: 0,
  brokenAt: null,
};

export const upstream = (changes: Partial<UpstreamRollout> | null = {}, more: Partial<UpstreamFacts> = {}): UpstreamFacts => ({
  stageId: 'dev',
  name: 'dev',
  isDeleted: false,
  rollout: changes === null ? null : { ...rollout, ...changes },
  ...more,
});

export type Changes = Partial<Omit<EligibilityFacts, 'stage'>> & { stage?: Partial<StageFacts> };

/** Facts of a release that nothing blocks, with changes. */
export const factsWith = ({ stage = {}, ...changes }: Changes = {}): EligibilityFacts => ({
  release: { id: 'v5', name: 'v5', counter: 5, applicationId: 'line' },
  requires: [],
  upstreams: [],
  findings: [],
  promotion: null,
  ...changes,
  stage: { ...openStage, ...stage },
});
