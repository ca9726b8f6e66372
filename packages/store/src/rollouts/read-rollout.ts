import type { DeploymentCounts, Rollout } from '@sluice/contracts';
import type { Reader } from '../base/reader.ts';
import { iso, isoOrNull } from '../base/rows.ts';

type RolloutRow = {
  id: string;
  applicationId: string;
  applicationName: string;
  releaseId: string;
  releaseName: string;
  releaseDigest: string;
  releaseCounter: number;
  stageId: string | null;
  stageName: string | null;
  kind: Rollout['kind'];
  rollbackOf: string | null;
  state: Rollout['state'];
  reason: string | null;
  size: number;
  counts: DeploymentCounts;
  createdBy: string;
  createdAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
  version: number;
};

const rolloutQuery = `
  SELECT r.id, r.application_id AS "applicationId", a.name AS "applicationName",
         l.id AS "releaseId", l.name AS "releaseName", l.digest AS "releaseDigest", l.counter AS "releaseCounter",
         r.stage_id AS "stageId", s.name AS "stageName", r.kind, r.rollback_of AS "rollbackOf", r.state, r.reason, r.size,
         r.created_by AS "createdBy", r.created_at AS "createdAt", r.started_at AS "startedAt", r.finished_at AS "finishedAt", r.version,
         (SELECT coalesce(jsonb_object_agg(c.state, c.devices), '{}')
            FROM (SELECT e.key AS state, sum(e.value::int)::int AS devices
                    FROM wave w, jsonb_each_text(w.counts) e WHERE w.rollout_id = r.id GROUP BY e.key) c) AS counts
    FROM rollout r
    JOIN application a ON a.id = r.application_id
    JOIN release l ON l.id = r.release_id
    LEFT JOIN stage s ON s.id = r.stage_id`;

/** Reads rollouts in the form of the API. `condition` is SQL over the aliases r (rollout) and its parameters; order and limit included. */
export async function selectRollouts(reader: Reader, condition: string, parameters: unknown[]): Promise<Rollout[]> {
  const rows = await reader.query<RolloutRow>(`${rolloutQuery} WHERE ${condition}`, parameters);
  return rows.map(toRollout);
}

/** One rollout of the organization; undefined when it has none of this id. */
export async function findRollout(reader: Reader, organizationId: string, rolloutId: string): Promise<Rollout | undefined> {
  const [rollout] = await selectRollouts(reader, 'r.organization_id = $1 AND r.id = $2', [organizationId, rolloutId]);
  return rollout;
}

function toRollout(row: RolloutRow): Rollout {
  const { releaseId, releaseName, releaseDigest, releaseCounter, ...rest } = row;
  return {
    ...rest,
    release: {
      id: releaseId,
      name: releaseName,
      digest: releaseDigest,
      counter: releaseCounter,
      applicationId: row.applicationId,
      applicationName: row.applicationName,
    },
    stageName: row.stageName ?? '',
    createdAt: iso(row.createdAt),
    startedAt: isoOrNull(row.startedAt),
    finishedAt: isoOrNull(row.finishedAt),
  };
}
