import { qualifiedRelease, versionPattern } from '@sluice/selector';

// INVARIANTS
// Who belongs to a group is asked here and nowhere else: `device_group_member` alone knows static groups only.
// 1. A static group has the members that people listed, a dynamic one (it has a row in device_group_selector) those that fulfil its selector now.
// 2. Nothing about members of dynamic groups is stored, so nothing can be out of date: a statement sees the labels and facts of its own snapshot.
// 3. A selector is data. These texts are the same for every selector.
// 4. The answer is that of `matchesSelector` (a property test compares them).
// 5. Ids are SQL: parameters, or columns of the caller. So the aliases here are words that callers do not use: listed, wanted, candidate, staged, held.
// 6. Without dynamic groups each of these costs one look into an empty index.

// What the device said it runs, in its organization.
const runningOf = (device: string): string => `
  device_observed o JOIN release r ON r.organization_id = o.organization_id AND r.digest = o.running_digest
    JOIN application a ON a.id = r.application_id WHERE o.device_id = ${device}.id`;

/** The value of the key in question. Subqueries, so that only what is asked for is read. */
const valueSql = (device: string, key: string): string => `
  CASE ${key}
    WHEN '@name' THEN ${device}.name
    WHEN '@approval' THEN ${device}.approval
    WHEN '@agent' THEN ${device}.inventory ->> 'agentVersion'
    WHEN '@node' THEN ${device}.inventory ->> 'nodeVersion'
    WHEN '@health' THEN coalesce((SELECT o.health FROM device_observed o WHERE o.device_id = ${device}.id), 'unknown')
    WHEN '@node-red' THEN (SELECT o.runtime ->> 'runtimeVersion' FROM device_observed o WHERE o.device_id = ${device}.id)
    WHEN '@digest' THEN (SELECT o.running_digest FROM device_observed o WHERE o.device_id = ${device}.id)
    WHEN '@counter' THEN (SELECT o.running_counter::text FROM device_observed o WHERE o.device_id = ${device}.id)
    WHEN '@release' THEN (SELECT r.name FROM ${runningOf(device)})
    WHEN '@application' THEN (SELECT a.name FROM ${runningOf(device)})
    WHEN '${qualifiedRelease}' THEN (SELECT a.name || '/' || r.name FROM ${runningOf(device)})
    WHEN '@seen' THEN (SELECT p.last_seen_at::text FROM device_presence p WHERE p.device_id = ${device}.id)
    ELSE ${device}.labels ->> ${key}
  END`;

// A number or a version without more, which nearly all are: told without taking the text apart by an expression, which costs five times as much.
const plainVersion = '^[0-9]{1,15}([.][0-9]{1,15}){0,2}$';
const plainOrderSql = (text: string): string => `
  lpad(split_part(${text}, '.', 1), 15, '0') || '.' || lpad(split_part(${text}, '.', 2), 15, '0') || '.' || lpad(split_part(${text}, '.', 3), 15, '0') || '~'`;

/** The same text that `versionOrder` makes. */
export const versionOrderSql = (text: string): string => `
  CASE WHEN ${text} ~ '${plainVersion}' THEN ${plainOrderSql(text)} ELSE (
    SELECT lpad(m.part[1], 15, '0') || '.' || lpad(coalesce(m.part[2], '0'), 15, '0') || '.' || lpad(coalesce(m.part[3], '0'), 15, '0') ||
           CASE WHEN m.part[4] IS NULL THEN '~' ELSE '-' || (
             SELECT string_agg(CASE WHEN i.id ~ '^[0-9]{1,15}$' THEN '0' || lpad(i.id, 15, '0') ELSE '1' || i.id END, ' ' ORDER BY i.place)
               FROM string_to_table(m.part[4], '.') WITH ORDINALITY AS i (id, place)) END
      FROM regexp_match(${text}, '${versionPattern}') AS m (part)) END`;

const compareSql = (left: string, right: string): string => `
  CASE c.it ->> 'comparison' WHEN '<' THEN ${left} < ${right} WHEN '<=' THEN ${left} <= ${right}
    WHEN '>' THEN ${left} > ${right} WHEN '>=' THEN ${left} >= ${right} END`;

// OFFSET 0: a value is looked up once, not in every branch that needs it.
const conditionsHold = (device: string, selector: string): string => `
  NOT EXISTS (
    SELECT FROM jsonb_array_elements(${selector}.conditions) AS c (it)
     CROSS JOIN LATERAL (SELECT ${valueSql(device, `(c.it ->> 'key')`)} AS value OFFSET 0) f
     WHERE NOT CASE c.it ->> 'kind'
       WHEN 'exists' THEN f.value IS NOT NULL
       WHEN 'absent' THEN f.value IS NULL
       WHEN 'in' THEN coalesce(c.it -> 'values' ? f.value, false)
       WHEN 'not_in' THEN NOT coalesce(c.it -> 'values' ? f.value, false)
       WHEN 'compare' THEN coalesce((SELECT ${compareSql('o.place COLLATE "C"', `(c.it ->> 'bound')`)}
                                       FROM (SELECT ${versionOrderSql('f.value')} AS place OFFSET 0) o), false)
       WHEN 'age' THEN (SELECT ${compareSql('s.unseen', `(c.it ->> 'seconds')::numeric`)} FROM (
         SELECT coalesce((SELECT extract(epoch FROM now() - p.last_seen_at) FROM device_presence p WHERE p.device_id = ${device}.id), 'Infinity') AS unseen
         OFFSET 0) s)
     END)`;

/** SQL: whether a device (the alias of a row) fulfils a selector (the alias of a row with the columns of `device_group_selector`). */
function fulfilsSql(device: string, selector: string): string {
  return `(${selector}.required IS NULL OR ${device}.labels @> ${selector}.required) AND ${remainderHolds(device, selector)}`;
}

const remainderColumns = (selector: string): string =>
  ['present', 'absent', 'excluded', 'allowed', 'conditions'].map((column) => `${selector}.${column}`).join(', ');

// In one CASE, so that the planner does not multiply guesses about each part down to no device at all.
const remainderHolds = (device: string, selector: string): string => `
  CASE WHEN ${device}.labels ?& ${selector}.present AND NOT ${device}.labels ?| ${selector}.absent
        AND NOT ${device}.labels @> ANY (${selector}.excluded)
        AND (cardinality(${selector}.allowed) = 0 OR ${device}.labels @> ANY (${selector}.allowed))
       THEN ${selector}.conditions IS NULL OR (${conditionsHold(device, selector)})
       ELSE false END`;

/** SQL: rows `device_id`, the devices of an organization that fulfil a selector (an alias); `from` gives the selector and `where` limits it. */
function matchingSql(selector: string, from: string, where: string): string {
  // OFFSET 0: how devices are found is decided by the labels alone. Else the planner, afraid of what the remainder may cost, reads all of them.
  const found = (labels: string): string => `
    SELECT pair.id AS device_id FROM (
      SELECT candidate.id, candidate.labels, candidate.name, candidate.approval, candidate.inventory, ${remainderColumns(selector)}
        FROM ${from} JOIN device candidate ON candidate.organization_id = ${selector}.organization_id${labels}
       WHERE ${where} AND ${selector}.required IS ${labels === '' ? 'NULL' : 'NOT NULL'} OFFSET 0) pair
     WHERE ${remainderHolds('pair', 'pair')}`;
  // Two branches: only with required labels may the index over labels be used, for without any it would be read as a whole.
  return `${found(` AND candidate.labels @> ${selector}.required`)} UNION ALL ${found('')}`;
}

/** SQL, to be joined LATERAL: rows `device_id`, the members of one group. */
export function membersSql(groupId: string): string {
  return `(
    SELECT listed.device_id FROM device_group_member listed WHERE listed.group_id = ${groupId}
    UNION ALL ${matchingSql('wanted', 'device_group_selector wanted', `wanted.group_id = ${groupId}`)})`;
}

/** SQL: rows `device_id`, the devices of an organization that fulfil a selector that is not stored: an alias of a row in `from`. */
export function selectedSql(selector: string, from: string): string {
  return `(${matchingSql(selector, from, 'true')})`;
}

/** SQL: rows `device_id`, the devices in any of the groups of a stage, each as often as groups hold it. */
export function stageMembersSql(stageId: string): string {
  return `(
    SELECT held.device_id FROM stage_group staged CROSS JOIN LATERAL ${membersSql('staged.group_id')} held WHERE staged.stage_id = ${stageId})`;
}

/** SQL, to be joined LATERAL: rows `group_id`, the groups that one device belongs to. */
export function groupsOfSql(deviceId: string): string {
  return `(
    SELECT listed.group_id FROM device_group_member listed WHERE listed.device_id = ${deviceId}
    UNION ALL
    SELECT wanted.group_id FROM device candidate JOIN device_group_selector wanted ON wanted.organization_id = candidate.organization_id
     WHERE candidate.id = ${deviceId} AND ${fulfilsSql('candidate', 'wanted')})`;
}
