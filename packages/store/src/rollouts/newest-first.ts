/**
 * The order of rollouts that want the same device: that of their creation. A rollback is as old as the rollout that it takes back (and newer
 * than that one), so that it never takes devices away from a rollout that people started after it.
 * Locks on several rollouts are taken in this order, too, the newest first.
 */
const age = (rollout: string): string[] => [
  `coalesce(${rollout}.rollback_of, ${rollout}.id)`,
  `(${rollout}.rollback_of IS NOT NULL)`,
  `${rollout}.id`,
];

/** SQL: whether the rollout of one alias is older than that of another. */
export function isOlder(rollout: string, than: string): string {
  return `(${age(rollout).join(', ')}) < (${age(than).join(', ')})`;
}

/** SQL for ORDER BY: the newest rollout first. */
export function newestFirst(rollout: string): string {
  return age(rollout)
    .map((part) => `${part} DESC`)
    .join(', ');
}
