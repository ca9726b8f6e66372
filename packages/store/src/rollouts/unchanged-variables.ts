import { fingerprintSql, resolutionSql } from '../variables/resolution.ts';

/** SQL: the names of the variables that a release (the alias of a row) declares. */
export const declaredNames = (release: string): string => `
  ARRAY(SELECT e ->> 'name' FROM jsonb_array_elements(coalesce(${release}.manifest -> 'variables', '[]')) e)`;

/**
 * CTEs up to `unchanged (device_id)`, after `planned` (one row) and `member (id, revision, variables_revision, same)`: of the devices that have
 * the release of the plan, those that would get the same variables with it again. What a device was given is known of its assignment; of one
 * that has not asked for it yet, it is what it would be given.
 */
export const unchangedSql = `
  given AS MATERIALIZED (
    SELECT m.id AS device_id, a.variables_digest AS digest
      FROM member m JOIN device_assignment a ON a.device_id = m.id AND a.revision = m.revision
     WHERE m.same AND a.variables_digest IS NOT NULL),
  target AS MATERIALIZED (
    SELECT m.id AS device_id, p.application_id, p.stage_id, p.variables_revision AS revision FROM member m CROSS JOIN planned p WHERE m.same
    UNION
    SELECT m.id, p.application_id, p.stage_id, m.variables_revision FROM member m CROSS JOIN planned p
     WHERE m.same AND m.id NOT IN (SELECT device_id FROM given)),
  ${resolutionSql('(SELECT organization_id FROM planned)')},
  ${fingerprintSql('(SELECT p.declared FROM planned p)')},
  compared AS (
    SELECT device_id, max(digest) FILTER (WHERE is_new) AS new, coalesce(max(digest) FILTER (WHERE is_given), max(digest) FILTER (WHERE NOT is_new),
           max(digest) FILTER (WHERE is_new)) AS old
      FROM (SELECT device_id, digest, revision = (SELECT variables_revision FROM planned) AS is_new, false AS is_given FROM fingerprint
            UNION ALL SELECT device_id, digest, false, true FROM given) f
     GROUP BY device_id),
  unchanged AS (SELECT device_id FROM compared WHERE new = old)`;
