/**
 * What devices go back to when they leave a release: each its own last good one. INVARIANTS
 * - It ran well on that very device (14): it is what the device ran right before, or came by a deployment that succeeded there.
 * - Never a release that is left, under whatever counter (but for its variables before, where asked), and never one that the device was taken
 *   back from since.
 * - Not one that is held, if there is another.
 * - All devices at once, by joins alone: the cost per device does not grow with their number.
 */

/** SQL: the release that a row `l` was first published as; another counter does not make other files. */
export const rootOf = (release: string): string => `coalesce(${release}.republished_from, ${release}.id)`;

type Options = {
  /** The place of an organization's id. */
  organization: string;
  /** SQL of those who leave (organization_id, device_id, deployment_id, release_id, stage_id): what they run, since which deployment (null: none). */
  leaving: string;
  /** The place of the id of the one release that they shall go back to; left out: to the last good one. */
  only?: string;
  /** The place of the ids of releases that are all left now, as they were first published; left out: each leaves its own only. */
  left?: string;
  /** Who has run nothing else well goes back to what it ran right before, even if that is held: nobody is there to decide. */
  evenHeld?: boolean;
  /** Who had this very release right before, with other variables, goes back to those. */
  evenSame?: boolean;
};

/**
 * SQL of (organization_id, device_id, deployment_id, left_id, left_root_id, to_release_id, to_stage_id, variables_revision): the release that each
 * goes back to and the stage it had it from; null: there is none. Of the same application it is the one first published, so that devices meet.
 */
export function goingBackFrom({ organization, leaving, only, left, evenHeld = false, evenSame = false }: Options): string {
  const isAsked = (release: string): string =>
    [
      ...(only === undefined ? [] : [`${rootOf(release)} = ${only}::uuid`]),
      ...(left === undefined ? [] : [`${rootOf(release)} <> ALL(${left}::uuid[])`]),
      'true',
    ].join(' AND ');
  const isHeld = (release: string, stage: string): string =>
    `EXISTS (SELECT 1 FROM held h WHERE h.root_id = ${rootOf(release)} AND h.stage_id IN (g.stage_id, ${stage}))`;
  return `
  WITH leaving AS (${leaving}),
  given_up AS (
    SELECT b.device_id, ${rootOf('l')} AS root_id, max(k.created_at) AS at
      FROM rollout k
      JOIN rollout a ON a.id = k.rollback_of JOIN release l ON l.id = a.release_id
      JOIN release n ON n.id = k.release_id AND ${rootOf('n')} <> ${rootOf('l')} -- else only its variables were taken back
      JOIN deployment b ON b.rollout_id = k.id
      JOIN leaving g ON g.device_id = b.device_id
     WHERE k.organization_id = ${organization} AND k.kind = 'rollback' GROUP BY 1, 2),
  held AS (
    SELECT DISTINCT h.stage_id, ${rootOf('l')} AS root_id FROM rollout_hold h JOIN release l ON l.id = h.release_id
     WHERE h.organization_id = ${organization} AND h.lifted_at IS NULL),
  former AS (
    SELECT g.organization_id, g.device_id, g.deployment_id, g.stage_id, g.release_id, ${rootOf('w')} AS left_root_id, w.application_id,
           d.from_release_id, d.from_stage_id, d.from_variables_revision,
           coalesce((${rootOf('f')} <> ${rootOf('w')} OR (${evenSame} AND f.id = w.id)) AND ${isAsked('f')} AND u.device_id IS NULL, false) AS was_good,
           coalesce(${isHeld('f', 'd.from_stage_id')}, false) AS was_held
      FROM leaving g
      JOIN release w ON w.id = g.release_id
      LEFT JOIN deployment d ON d.id = g.deployment_id
      LEFT JOIN release f ON f.id = d.from_release_id
      LEFT JOIN given_up u ON u.device_id = g.device_id AND u.root_id = ${rootOf('f')}),
  earlier AS (
    SELECT DISTINCT ON (d.device_id) d.device_id, r.release_id, r.stage_id,
           coalesce(d.variables_revision, r.variables_revision) AS variables_revision
      FROM former g
      JOIN deployment d ON d.device_id = g.device_id AND (d.state = 'succeeded' OR d.late_success_at IS NOT NULL)
      JOIN rollout r ON r.id = d.rollout_id JOIN release l ON l.id = r.release_id
      LEFT JOIN given_up u ON u.device_id = d.device_id AND u.root_id = ${rootOf('l')} AND u.at >= coalesce(d.late_success_at, d.finished_at)
     WHERE NOT (g.was_good AND NOT g.was_held) AND u.device_id IS NULL
       AND ${rootOf('l')} <> g.left_root_id AND ${isAsked('l')} AND NOT ${isHeld('l', 'r.stage_id')}
     ORDER BY d.device_id, coalesce(d.late_success_at, d.finished_at) DESC, d.id DESC),
  found AS (
    SELECT g.*, CASE WHEN p.is_former THEN g.from_release_id ELSE s.release_id END AS good_release_id,
           CASE WHEN p.is_former THEN g.from_stage_id ELSE s.stage_id END AS good_stage_id,
           CASE WHEN p.is_former THEN g.from_variables_revision ELSE s.variables_revision END AS good_variables_revision
      FROM former g
      LEFT JOIN earlier s ON s.device_id = g.device_id
     CROSS JOIN LATERAL (SELECT g.was_good AND (NOT g.was_held OR (${evenHeld} AND s.release_id IS NULL)) AS is_former) p)
  SELECT g.organization_id, g.device_id, g.deployment_id, g.release_id AS left_id, g.left_root_id,
         CASE WHEN l.application_id = g.application_id THEN ${rootOf('l')} ELSE l.id END AS to_release_id,
         coalesce(g.good_stage_id, g.stage_id) AS to_stage_id, g.good_variables_revision AS variables_revision
    FROM found g LEFT JOIN release l ON l.id = g.good_release_id`;
}
