import type { Blocker } from '@sluice/contracts';
import { activeDeploymentStates } from '@sluice/rollout';
import type { Reader } from '../base/reader.ts';
import { stageMembersSql } from '../groups/membership.ts';
import type { NewRollout } from '../rollouts/types.ts';

/** Devices of the stage that rollouts of higher priority are changing now: they would wait for those. One blocker for each such rollout. */
export async function readPriorityBlockers(
  reader: Reader,
  organizationId: string,
  { stageId, priority = 0 }: Pick<NewRollout, 'stageId' | 'priority'>,
): Promise<Blocker[]> {
  const rows = await reader.query<{ name: string; devices: number }>(
    `SELECT l.name || coalesce(' to ' || s.name, '') AS name, count(*)::int AS devices
       FROM rollout o
       JOIN release l ON l.id = o.release_id
       LEFT JOIN stage s ON s.id = o.stage_id
       JOIN deployment d ON d.rollout_id = o.id AND d.state = ANY($4::text[])
      WHERE o.organization_id = $1 AND o.priority > $3 AND o.state IN ('running', 'paused', 'aborting')
        AND d.device_id IN (SELECT m.device_id FROM ${stageMembersSql('$2::uuid')} m)
      GROUP BY o.id, l.name, s.name ORDER BY o.id`,
    [organizationId, stageId, priority, activeDeploymentStates],
  );
  return rows.map(({ name, devices }) => ({
    code: 'higher_priority_rollout',
    sentence: `${devices === 1 ? '1 device waits' : `${devices} devices wait`}: the rollout ${name} has priority over them.`,
    unblock: 'Its devices finish, or this rollout gets a higher priority.',
    waveIndex: null,
    until: null,
    numbers: { devices },
  }));
}
