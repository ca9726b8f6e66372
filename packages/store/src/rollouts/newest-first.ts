/**
 * The order of rollouts that want the same device: explicit priority first, then that of their creation. A rollback is as old as the rollout that it takes back (and newer
 * than that one), so that it never takes devices away from a rollout that people started after it.
 * Locks on several rollouts are taken in this order, too, the newest first.
 */
const age = (rollout: string): string[] => [
  `coalesce(${rollout}.rollback_of, ${rollout}.id)`,
  `(${rollout}.rollback_of IS NOT NULL)`,
  `${rollout}.id`,
];

const rank = (rollout: string): string[] => [`${rollout}.priority`, ...age(rollout)];

/** SQL: whether the rollout of one alias yields to that of another: it has a lower priority, or the same and is older. */
export function yieldsTo(rollout: string, other: string): string {
  return `(${rank(rollout).join(', ')}) < (${rank(other).join(', ')})`;
}

/** SQL: whether the rollout of one alias is older than that of another, whatever their priority. */
export function isOlder(rollout: string, than: string): string {
  return `(${age(rollout).join(', ')}) < (${age(than).join(', ')})`;
}

/** SQL for ORDER BY: the rollout that yields to no other first. */
export function newestFirst(rollout: string): string {
  return rank(rollout)
    .map((part) => `${part} DESC`)
    .join(', ');
}
