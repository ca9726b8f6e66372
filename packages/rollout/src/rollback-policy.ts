/**
 * How devices go back: a rollback is a staged rollout, too. INVARIANTS
 * - Its gate pauses, whatever the policy does on a breach: a rollback is never rolled back by itself (14).
 * - It heals devices, so it waits for nothing that keeps new releases away: no window, no approval, no analysis, no freeze, no hold. Rate and
 *   disruption budgets hold: a device that is well is still interrupted.
 */
import type { RolloutPolicy, WaveSize } from '@sluice/contracts';
import type { FreezeInput, HoldInput, RolloutInput } from './engine-input.ts';

const errorPercentDefault = 20;
/** Where the first wave of a policy goes by labels: nobody knows whether the devices that go back have them. */
const firstPercentDefault = 10;

/**
 * The policy of the rollback of a rollout with this policy. Nothing is soaked unless it says so: an agent reports that it is back only once it
 * is healthy. Devices that newer rollouts took over prove nothing against going back, so no success is asked for; failures are counted.
 */
export function rollbackPolicyOf(policy: RolloutPolicy): RolloutPolicy {
  const { rollback = {}, deploymentDeadlineMs } = policy;
  const { waves = wavesBack(policy), errorPercent = errorPercentDefault, soakMs = 0 } = rollback;
  const { rate = policy.rate, retries = policy.retries } = rollback;
  const threshold = { successPercent: 0, errorPercent, minimumSample: 1 };
  return {
    waves: waves.map((size) => ({ size, threshold, soakMs })),
    order: 'name',
    deploymentDeadlineMs,
    onBreach: 'pause',
    ...(rate === undefined ? {} : { rate }),
    ...(retries === undefined ? {} : { retries }),
    // A rollback can be rolled back by a person: then by the same rules.
    rollback: { ...rollback, waves },
  };
}

type SizeBack = NonNullable<NonNullable<RolloutPolicy['rollback']>['waves']>[number];

function wavesBack({ waves }: RolloutPolicy): SizeBack[] {
  const first: WaveSize | undefined = waves[0]?.size;
  const isAll = first === undefined || first.kind === 'rest' || (first.kind === 'percent' && first.percent === 100);
  if (isAll) return [{ kind: 'rest' }];
  return [first.kind === 'labels' ? { kind: 'percent', percent: firstPercentDefault } : first, { kind: 'rest' }];
}

/** The freeze that keeps a rollout from starting anything; null for a rollback. */
export function freezeFor({ purpose, freeze }: RolloutInput): FreezeInput | null {
  return purpose === 'rollback' ? null : freeze;
}

/** The hold that keeps a rollout from starting; null for a rollback. */
export function holdFor({ purpose, hold = null }: RolloutInput): HoldInput | null {
  return purpose === 'rollback' ? null : hold;
}

/**
 * The order in which devices go back: those that are unhealthy first, then as the rollout had changed them, its canary first.
 * In SQL: `ORDER BY (health = 'unhealthy') DESC, d.id`, with `d` the deployments of that rollout.
 */
export function orderBack<D extends { readonly unhealthy: boolean }>(devices: readonly D[]): readonly D[] {
  return devices.toSorted((a, b) => Number(b.unhealthy) - Number(a.unhealthy));
}
