import { type Mutant, mutant } from './mutant.ts';

/** Mistakes in how devices go back, and in what a pause holds. */
export const rollbacks: readonly Mutant[] = [
  mutant('rollbacks in one wave', 'rollback-policy.ts', 'if (isAll) return', 'if (isAll || first !== undefined) return'),
  mutant('a rollback never stops', 'rollback-policy.ts', 'const errorPercentDefault = 20;', 'const errorPercentDefault = 100;'),
  mutant(
    'its own gate forgotten',
    'rollback-policy.ts',
    '{ successPercent: 0, errorPercent, ',
    '{ successPercent: 0, errorPercent: errorPercentDefault, ',
  ),
  mutant('a rollback that aborts', 'rollback-policy.ts', "onBreach: 'pause'", "onBreach: 'abort'"),
  mutant(
    'a rollback that asks for approval',
    'rollback-policy.ts',
    "order: 'name',",
    "order: 'name', ...(policy.approval === undefined ? {} : { approval: policy.approval }),",
  ),
  mutant('a rollback at any rate', 'rollback-policy.ts', 'rate = policy.rate, retries', 'rate, retries'),
  mutant(
    'who is well goes back first',
    'rollback-policy.ts',
    'Number(b.unhealthy) - Number(a.unhealthy)',
    'Number(a.unhealthy) - Number(b.unhealthy)',
  ),
  mutant('rollbacks wait for freezes', 'rollback-policy.ts', "purpose === 'rollback' ? null : freeze", 'purpose === null ? null : freeze'),
  mutant('rollbacks wait for holds', 'rollback-policy.ts', "purpose === 'rollback' ? null : hold", 'purpose === null ? null : hold'),
  mutant('a pause forgets who waits', 'simulator/memory-store.ts', 'tellWaiting(this.fleet, { held: true });', ''),
  mutant('resumed devices wait on', 'simulator/memory-store.ts', 'tellWaiting(this.fleet, { held: false });', ''),
  mutant(
    'devices do not hear of a pause',
    'simulator/fleet.ts',
    'if (isHeld && untilOnline',
    'if (isHeld && world.start < 0 && untilOnline',
  ),
];
