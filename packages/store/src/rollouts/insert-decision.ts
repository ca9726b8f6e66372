import { placedId } from './placed-id.ts';
import type { RolloutRun } from './run.ts';

/** What was decided about a rollout, and why. */
export type NewDecision = {
  rolloutId: string;
  kind: string;
  wave: number | null;
  code: string;
  sentence: string;
  numbers: Readonly<Record<string, number>>;
};

/** Writes down a decision, under the lock of its rollout, with the version of the rollout's policy. */
export async function insertDecision({ tx, actor }: Pick<RolloutRun, 'tx' | 'actor'>, decision: NewDecision): Promise<void> {
  await tx.execute(
    `INSERT INTO rollout_decision (id, rollout_id, at, kind, wave_index, actor, code, sentence, numbers, policy_version)
     SELECT ${placedId({ place: 'n.place', time: '$2::timestamptz' })}, r.id, $2::timestamptz, $3, $4, $5, $6, $7, $8, p.version
       FROM rollout r
       JOIN rollout_policy p ON p.id = r.policy_id
       CROSS JOIN (SELECT count(*)::int AS place FROM rollout_decision d WHERE d.rollout_id = $1) n
      WHERE r.id = $1`,
    [
      decision.rolloutId,
      tx.now,
      decision.kind,
      decision.wave,
      actor.name,
      decision.code,
      decision.sentence,
      JSON.stringify(decision.numbers),
    ],
  );
}
