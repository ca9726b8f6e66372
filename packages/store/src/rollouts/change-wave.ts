import type { WaveState } from '@sluice/contracts';
import type { Decision } from '@sluice/rollout';
import type { Effect, RolloutRun } from './run.ts';

type DecisionOf<K extends Decision['kind']> = Extract<Decision, { kind: K }>;

export async function startWave({ tx, record }: RolloutRun, decision: DecisionOf<'start_wave'>): Promise<Effect> {
  await tx.execute(`UPDATE wave SET state = 'running', started_at = $3, deadline_at = $4 WHERE rollout_id = $1 AND index = $2`, [
    record.id,
    decision.wave,
    new Date(decision.startedAt),
    new Date(decision.deadlineAt),
  ]);
  return {};
}

export async function awaitGate({ tx, record }: RolloutRun, decision: DecisionOf<'await_gate'>): Promise<Effect> {
  await tx.execute(`UPDATE wave SET state = 'awaiting_gate' WHERE rollout_id = $1 AND index = $2`, [record.id, decision.wave]);
  return {};
}

/** A soak that begins late moves the deadline of its wave, because the limit of a soak counts from it. */
export async function soakWave({ tx, record }: RolloutRun, decision: DecisionOf<'begin_soak' | 'restart_soak'>): Promise<Effect> {
  await tx.execute(
    `UPDATE wave SET state = 'soaking', soak_started_at = $3, deadline_at = coalesce($4, deadline_at) WHERE rollout_id = $1 AND index = $2`,
    [
      record.id,
      decision.wave,
      decision.soakStartedAt === null ? null : new Date(decision.soakStartedAt),
      decision.kind === 'begin_soak' ? new Date(decision.deadlineAt) : null,
    ],
  );
  return {};
}

export async function forceGate({ tx, record }: RolloutRun, decision: DecisionOf<'force_gate'>): Promise<Effect> {
  await tx.execute(`UPDATE wave SET forced = true WHERE rollout_id = $1 AND index = $2`, [record.id, decision.wave]);
  return {};
}

const endOf = {
  complete_wave: 'succeeded',
  fail_wave: 'failed',
  skip_wave: 'skipped',
  abort_wave: 'aborted',
} as const satisfies Record<string, WaveState>;

export async function endWave({ tx, record }: RolloutRun, decision: DecisionOf<keyof typeof endOf>): Promise<Effect> {
  await tx.execute(`UPDATE wave SET state = $3, reason = $4, finished_at = $5 WHERE rollout_id = $1 AND index = $2`, [
    record.id,
    decision.wave,
    endOf[decision.kind],
    decision.why.sentence,
    tx.now,
  ]);
  return {};
}
