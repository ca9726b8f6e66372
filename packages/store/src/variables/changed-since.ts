import type { RolloutVariables } from '@sluice/contracts';
import type { Reader } from '../base/reader.ts';
import { notFound } from '../errors.ts';
import { groupsOfSql } from '../groups/membership.ts';

// A change at the layer of a group or a device counts when a device of the rollout is in it.
const changedQuery = `
  SELECT r.variables_revision AS revision, o.variables_revision AS "currentRevision",
         coalesce(array_agg(DISTINCT v.name ORDER BY v.name) FILTER (WHERE v.name IS NOT NULL), '{}') AS changed
    FROM rollout r JOIN organization o ON o.id = r.organization_id
    LEFT JOIN variable_version v ON v.organization_id = r.organization_id
      AND (v.from_revision > r.variables_revision OR v.to_revision > r.variables_revision)
      AND CASE v.scope
            WHEN 'organization' THEN v.scope_id = r.organization_id
            WHEN 'application' THEN v.scope_id = r.application_id
            WHEN 'stage' THEN v.scope_id = r.stage_id
            WHEN 'device' THEN EXISTS (SELECT FROM deployment d WHERE d.rollout_id = r.id AND d.device_id = v.scope_id)
            WHEN 'group' THEN EXISTS (
              SELECT FROM deployment d CROSS JOIN LATERAL ${groupsOfSql('d.device_id')} m
               WHERE d.rollout_id = r.id AND m.group_id = v.scope_id) END
   WHERE r.organization_id = $1 AND r.id = $2 GROUP BY r.variables_revision, o.variables_revision`;

/** Which variables changed since a rollout was created: its devices get them with the next promotion. */
export async function variablesChangedSince(reader: Reader, organizationId: string, rolloutId: string): Promise<RolloutVariables> {
  const [changed] = await reader.query<RolloutVariables>(changedQuery, [organizationId, rolloutId]);
  if (changed === undefined) throw notFound('rollout', rolloutId);
  return changed;
}
