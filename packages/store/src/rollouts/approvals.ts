/** What people said about rollouts and their waves. Whether it counts is decided when it is needed, with the roles of that moment (32). */
import type { Approval, RolloutPolicy } from '@sluice/contracts';
import type { LedgerActor } from '@sluice/ledger';
import { type ApprovalGiven, countApprovals, wavePolicyOf } from '@sluice/rollout';
import type { Reader } from '../base/reader.ts';
import type { Transaction } from '../base/transaction.ts';
import { notFound, stateConflict } from '../errors.ts';
import { type ChangeContext, entryOf } from '../ledger/change-context.ts';
import { announceChanges } from './announce.ts';

/** The approval of the rollout's start, in the column that otherwise names a wave. */
const wholeRollout = -1;

/** `waveIndex` null: the start of the rollout. */
export type GivenApproval = {
  waveIndex: number | null;
  personId: string;
  personName: string;
  revision: number;
  comment: string;
  createdAt: Date;
  role: ApprovalGiven['role'];
};

/** All approvals of a rollout, with the role that each person has now. */
export async function readApprovals(reader: Reader, rolloutId: string): Promise<GivenApproval[]> {
  const rows = await reader.query<Omit<GivenApproval, 'waveIndex'> & { waveIndex: number }>(
    `SELECT a.wave_index AS "waveIndex", a.person_id AS "personId", a.person_name AS "personName", a.revision, a.comment,
            a.created_at AS "createdAt", m.role
       FROM rollout_approval a JOIN rollout r ON r.id = a.rollout_id
       LEFT JOIN membership m ON m.organization_id = r.organization_id AND m.person_id = a.person_id
      WHERE a.rollout_id = $1 ORDER BY a.created_at, a.person_id`,
    [rolloutId],
  );
  return rows.map((row) => ({ ...row, waveIndex: row.waveIndex === wholeRollout ? null : row.waveIndex }));
}

/** How many approvals count for the start (null) or a wave. Zero when the policy asks for none. */
export function validApprovals(
  given: readonly GivenApproval[],
  wave: number | null,
  rollout: { policy: RolloutPolicy; creatorId: string; revision: number },
): number {
  const approval = wave === null ? rollout.policy.approval : wavePolicyOf(rollout.policy, wave)?.approval;
  if (approval === undefined) return 0;
  const ofWave = given.filter(({ waveIndex }) => waveIndex === wave);
  return countApprovals(
    ofWave.map(({ personId, role, revision }) => ({ person: personId, role, revision })),
    approval,
    { creator: rollout.creatorId, revision: rollout.revision },
  );
}

type Approvable = { state: string; revision: number; creatorId: string; policy: RolloutPolicy; role: string | null };

/**
 * Notes that a person approves the start of a rollout or one of its waves. Saying it twice is saying it once.
 * @throws StoreError NOT_FOUND, STATE_CONFLICT (nothing to approve, not a person, the creator, too low a role)
 */
export async function approveRollout(
  tx: Transaction,
  organizationId: string,
  target: { rolloutId: string; waveIndex: number | null; comment: string },
  context: ChangeContext,
): Promise<void> {
  const { rolloutId, waveIndex, comment } = target;
  const { actor } = context;
  const [rollout] = await tx.query<Approvable>(
    `SELECT r.state, r.revision, r.creator_id AS "creatorId", p.policy, m.role
       FROM rollout r JOIN rollout_policy p ON p.id = r.policy_id
       LEFT JOIN membership m ON m.organization_id = r.organization_id AND m.person_id::text = $3
      WHERE r.organization_id = $1 AND r.id = $2 FOR NO KEY UPDATE OF r`,
    [organizationId, rolloutId, actor.kind === 'person' ? actor.id : ''],
  );
  if (rollout === undefined) throw notFound('rollout', rolloutId);
  refuseApproval(rollout, waveIndex, context);
  const inserted = await tx.execute(
    `INSERT INTO rollout_approval (rollout_id, wave_index, person_id, revision, person_name, comment, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`,
    [rolloutId, waveIndex ?? wholeRollout, actor.id, rollout.revision, actor.name, comment, tx.now],
  );
  if (inserted === 0) return;
  await tx.execute('UPDATE rollout SET next_timer_at = $2, version = version + 1 WHERE id = $1', [rolloutId, tx.now]);
  const approved =
    waveIndex === null ? { kind: 'rollout' as const, id: rolloutId } : { kind: 'wave' as const, id: `${rolloutId}/${waveIndex}` };
  const happening = { action: 'rollout.approved', target: approved, after: { revision: rollout.revision, comment } } as const;
  await tx.record({ ...entryOf(organizationId, context, happening), rolloutId });
  await announceChanges(tx, organizationId, { rolloutIds: [rolloutId] });
}

function refuseApproval(rollout: Approvable, waveIndex: number | null, { actor }: ChangeContext): void {
  const approval = waveIndex === null ? rollout.policy.approval : wavePolicyOf(rollout.policy, waveIndex)?.approval;
  if (approval === undefined) throw stateConflict('The policy of this rollout asks for no such approval.');
  const open = waveIndex === null ? ['pending_approval'] : ['pending_approval', 'scheduled', 'running', 'paused'];
  if (!open.includes(rollout.state)) throw stateConflict(`The rollout is ${rollout.state}: there is nothing left to approve.`);
  refuseApprover('rollout', { approval, creatorId: rollout.creatorId, role: rollout.role }, actor);
}

/**
 * Refuses who may not approve a rollout or a promotion. `role`: what the actor has now.
 * @throws StoreError STATE_CONFLICT
 */
export function refuseApprover(
  what: 'rollout' | 'promotion',
  of: { approval: Approval; creatorId: string; role: string | null },
  actor: LedgerActor,
): void {
  const { approval, creatorId, role } = of;
  if (actor.kind !== 'person') throw stateConflict('Only people approve: sign in as the person who answers for it; a token cannot.');
  if (approval.creatorExcluded && creatorId === actor.id) {
    throw stateConflict(`Whoever created the ${what}, or made the token that did, cannot approve it: ask another person.`);
  }
  if (approval.role === 'owner' && role !== 'owner') throw stateConflict('An owner has to approve this.');
}
