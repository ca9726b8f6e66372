/** Rollbacks as the store makes them, from a source of chance of their own: other scenarios stay as they are. */
import type { RolloutPolicy } from '@sluice/contracts';
import { rollbackPolicyOf } from '../rollback-policy.ts';
import { createRandom, type Random } from './random.ts';
import type { Scenario } from './scenario.ts';

/** A rollback has no window. Half of them get their policy from that of a rollout; the others any, because the engine shall not rely on it. */
export function asRollback(scenario: Scenario): Scenario {
  if (scenario.purpose !== 'rollback') return scenario;
  const random = createRandom(scenario.seed ^ 0xbac4);
  const policy = { ...scenario.policy, ...(random.chance(60) ? { rollback: randomRollback(random) } : {}) };
  const unhealthy = scenario.devices.filter(() => random.chance(30)).map(({ id }) => id);
  const isMade = random.chance(50);
  return { ...scenario, window: null, ...(isMade ? { policy: rollbackPolicyOf(policy), rollback: { of: policy, unhealthy } } : {}) };
}

function randomRollback(random: Random): NonNullable<RolloutPolicy['rollback']> {
  return {
    ...(random.chance(50) ? { waves: [{ kind: 'count', count: random.integer(1, 5) }, { kind: 'rest' }] } : {}),
    ...(random.chance(50) ? { errorPercent: random.pick([0, 10, 50]) } : {}),
    ...(random.chance(30) ? { soakMs: random.integer(1, 20) * 60_000 } : {}),
    ...(random.chance(20) ? { rate: { kind: 'constant', perMinute: random.integer(1, 4) } } : {}),
  };
}
