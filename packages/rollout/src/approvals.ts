/** Approvals: N different people of a role, the creator left out if the policy says so (32). An edit voids what was said before. */
import type { Approval } from '@sluice/contracts';

/** What one person said about a rollout or one of its waves. */
export interface ApprovalGiven {
  readonly person: string;
  /** The role that the person has now, not when they approved; null: none any more. */
  readonly role: 'viewer' | 'operator' | 'owner' | null;
  /** The revision of the rollout that the person saw. */
  readonly revision: number;
}

const rank = { viewer: 0, operator: 1, owner: 2 } as const;

/** How many of the approvals count: of different people, who have the role still, for this revision of the rollout. */
export function countApprovals(
  given: readonly ApprovalGiven[],
  approval: Approval,
  rollout: { readonly creator: string; readonly revision: number },
): number {
  const people = new Set<string>();
  for (const { person, role, revision } of given) {
    if (role === null || rank[role] < rank[approval.role] || revision !== rollout.revision) continue;
    if (approval.creatorExcluded && person === rollout.creator) continue;
    people.add(person);
  }
  return people.size;
}
