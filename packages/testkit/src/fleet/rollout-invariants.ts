import type { Store } from '@sluice/store';

type Differences = { what: string; detail: string };

/**
 * Everything about rollouts that must hold at every commit, checked by counting again: an empty list means that it holds.
 * The numbers are those of the invariants in the design notes.
 */
export async function brokenRolloutInvariants(store: Pick<Store, 'query'>): Promise<Differences[]> {
  const broken = await Promise.all(
    Object.entries(checks).map(async ([what, query]) => {
      const rows = await store.query<{ detail: string }>(query);
      return rows.map(({ detail }) => ({ what, detail }));
    }),
  );
  return broken.flat();
}

const open = `('scheduled', 'queued', 'offered', 'accepted', 'downloading', 'staged', 'awaiting_window', 'awaiting_consent', 'applying', 'verifying')`;
const ended = `('succeeded', 'completed_with_failures', 'failed', 'aborted', 'superseded', 'rejected')`;

const checks = {
  '18: counts equal a recount': `
    SELECT w.rollout_id || '/' || w.index || ': ' || w.counts || ' but ' || coalesce(c.counts, '{}') AS detail
      FROM wave w LEFT JOIN (
           SELECT rollout_id, wave_index, jsonb_object_agg(state, devices) AS counts
             FROM (SELECT rollout_id, wave_index, state, count(*)::int AS devices FROM deployment GROUP BY 1, 2, 3) d GROUP BY 1, 2) c
             ON c.rollout_id = w.rollout_id AND c.wave_index = w.index
     WHERE w.counts <> coalesce(c.counts, '{}')`,
  '2: the waves add up to the members': `
    SELECT r.id || ': ' || r.size AS detail FROM rollout r
     WHERE EXISTS (SELECT 1 FROM wave WHERE rollout_id = r.id)
       AND (r.size <> (SELECT sum(size) FROM wave WHERE rollout_id = r.id)
            OR r.size <> (SELECT count(*) FROM deployment WHERE rollout_id = r.id))`,
  '5: nothing leaves scheduled unless its wave ran': `
    SELECT d.id || ': ' || d.state AS detail FROM deployment d JOIN wave w ON w.rollout_id = d.rollout_id AND w.index = d.wave_index
     WHERE w.started_at IS NULL AND d.state NOT IN ('scheduled', 'skipped', 'canceled', 'superseded', 'removed')`,
  '8: each wave starts once': `
    SELECT rollout_id || '/' || wave_index AS detail FROM rollout_decision WHERE kind = 'start_wave' GROUP BY rollout_id, wave_index HAVING count(*) > 1`,
  '15: what ended has its time, what is open has none': `
    SELECT id || ': ' || state AS detail FROM deployment WHERE (finished_at IS NULL) <> (state IN ${open})`,
  '24: an ended rollout has no open deployment': `
    SELECT d.id || ': ' || d.state AS detail FROM deployment d JOIN rollout r ON r.id = d.rollout_id WHERE r.state IN ${ended} AND d.state IN ${open}`,
  'desired: an open offer is what the device shall run, and a failed one is not': `
    SELECT d.id || ': ' || d.state AS detail FROM deployment d LEFT JOIN device_desired x ON x.deployment_id = d.id
     WHERE (d.state IN ${open} AND d.state NOT IN ('scheduled', 'queued') AND x.device_id IS NULL)
        OR (d.state NOT IN ${open} AND d.state <> 'succeeded' AND x.device_id IS NOT NULL)`,
} as const;
