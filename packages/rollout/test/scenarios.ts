import type { DeviceModel, Scenario } from '../src/simulator/scenario.ts';
import { canaryPolicy } from './inputs.ts';

/** A device without faults, named like its id. */
export const device = (id: string, values: Partial<DeviceModel> = {}): DeviceModel => ({
  id,
  name: id,
  alreadyCurrent: false,
  pollMs: 1_000,
  stepMs: 1_000,
  offline: [],
  result: 'succeeded',
  regressions: [],
  measured: {},
  delayMaxMs: 0,
  duplicatePercent: 0,
  losePercent: 0,
  wrongAttemptPercent: 0,
  clockSkewMs: 0,
  succeedsFromAttempt: null,
  site: 0,
  zone: 0,
  heldUntil: null,
  joinsAt: null,
  ...values,
});
/** A run in which nothing goes wrong: a canary of one, then the rest. */
export const calm: Omit<Scenario, 'devices'> = {
  seed: 1,
  policy: canaryPolicy,
  policyVersion: 1,
  purpose: 'update',
  startAt: null,
  controllers: 1,
  crashPercent: 0,
  batchMax: 1_000,
  writeDelayMaxMs: 0,
  loseHintPercent: 0,
  sweepMs: 60_000,
  people: [],
  meddlePercent: 0,
  resumePercent: 100,
  window: null,
  budgets: [],
  freezes: [],
  hotfix: false,
  heldForMs: null,
  approvePercent: 100,
};
