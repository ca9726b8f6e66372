/**
 * Continuous membership: devices that joined the stage since the plan. INVARIANTS
 * - They go to the late wave, before it starts, and so under the same gates, rate, budgets and windows as everybody (3).
 * - Who has a deployment in this rollout has had its turn: leaving the stage and coming back gives it no new one, and no new attempts.
 */
import { activeDeploymentStates, lateWaveOf } from '@sluice/rollout';
import { announceChanges } from './announce.ts';
import { insertDecision } from './insert-decision.ts';
import type { LoadedRollout } from './load.ts';
import { placedId } from './placed-id.ts';
import { membersOf, planOfRollout } from './plan.ts';
import type { RolloutRun } from './run.ts';

const waiting = ['pending', 'awaiting_gate'];

/** Whether it is the late wave's turn: the time at which it takes in who has joined. Until then nobody is missed. */
function isTurnOfLateWave({ record, input }: LoadedRollout): boolean {
  const late = lateWaveOf(record.policy);
  if (record.policy.membership !== 'continuous' || record.state !== 'running' || late === null) return false;
  return input.waves.every(({ index, state, gateForced }) =>
    index === late ? waiting.includes(state) : ['succeeded', 'skipped'].includes(state) || (state === 'failed' && gateForced),
  );
}

/**
 * Takes in the devices that have joined, in one statement, under the locks of the rollout and its waves.
 * @returns whether there were any: the counts of the late wave have changed then
 */
export async function takeInJoined(run: RolloutRun, loaded: LoadedRollout): Promise<boolean> {
  if (!isTurnOfLateWave(loaded)) return false;
  const { tx, record } = run;
  const late = lateWaveOf(record.policy) ?? 0;
  const joined = await tx.query<{ deviceId: string }>(
    `WITH joined AS (
       INSERT INTO deployment (id, organization_id, rollout_id, device_id, wave_index, state, attempt, updated_at)
       SELECT ${placedId({ place: 'm.place', time: '$3::timestamptz' })}, r.organization_id, r.id, m.id, $4, 'scheduled', 0, $3::timestamptz
         FROM (SELECT m.id, (row_number() OVER (ORDER BY m.name COLLATE "C", m.id) - 1)::int AS place
                 FROM (${membersOf(planOfRollout)}) m
                WHERE NOT m.current AND NOT EXISTS (SELECT 1 FROM deployment d WHERE d.rollout_id = $1 AND d.device_id = m.id)) m
        CROSS JOIN rollout r WHERE r.id = $1
       RETURNING device_id),
     counted AS (
       UPDATE wave w
          SET touched = true, size = w.size + j.devices,
              counts = w.counts || jsonb_build_object('scheduled', coalesce((w.counts ->> 'scheduled')::int, 0) + j.devices)
         FROM (SELECT count(*)::int AS devices FROM joined) j WHERE w.rollout_id = $1 AND w.index = $4 AND j.devices > 0),
     sized AS (
       UPDATE rollout r SET size = r.size + j.devices, version = r.version + 1
         FROM (SELECT count(*)::int AS devices FROM joined) j WHERE r.id = $1 AND j.devices > 0)
     SELECT device_id AS "deviceId" FROM joined ORDER BY device_id`,
    [record.id, activeDeploymentStates, tx.now, late],
  );
  if (joined.length === 0) return false;
  const sentence = `${joined.length === 1 ? '1 device has' : `${joined.length} devices have`} joined the stage since the start: the last wave takes them in.`;
  await insertDecision(run, {
    rolloutId: record.id,
    kind: 'take_in_joined',
    wave: late,
    code: 'devices_joined',
    sentence,
    numbers: { devices: joined.length },
  });
  await tx.record({
    organizationId: record.organizationId,
    actor: run.actor,
    action: 'rollout.joined',
    target: { kind: 'wave', id: `${record.id}/${late}` },
    after: { deviceIds: joined.map(({ deviceId }) => deviceId) },
    reason: sentence,
    rolloutId: record.id,
  });
  await announceChanges(tx, record.organizationId, { rolloutIds: [record.id] });
  return true;
}
