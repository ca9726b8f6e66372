/**
 * How many devices each of some groups has: one pass over the devices for all dynamic groups together, then over the few kinds of devices
 * that differ in what is asked. INVARIANTS
 * - The same devices as `membersSql` finds, group by group: a property test holds both against the selectors themselves.
 * - Of a selector only its shape becomes text. Values and keys of labels are parameters; facts are columns that are named here.
 */
import { type FactKey, parseSelector, qualifiedRelease, type Requirement, type Selector } from '@sluice/selector';
import type { Reader } from '../base/reader.ts';
import { membersSql } from './membership.ts';
import { type Next, requirementSql } from './requirement-sql.ts';

type CountedGroup = { id: string; selector: string | null };

const factColumns: Readonly<Record<FactKey | '@seen', string>> = {
  '@name': 'v.name',
  '@approval': 'v.approval',
  '@agent': `(v.inventory ->> 'agentVersion')`,
  '@node': `(v.inventory ->> 'nodeVersion')`,
  '@health': `coalesce(o.health, 'unknown')`,
  '@node-red': `(o.runtime ->> 'runtimeVersion')`,
  '@digest': 'o.running_digest',
  '@counter': 'o.running_counter::text',
  '@release': 'r.name',
  '@application': 'a.name',
  [qualifiedRelease]: `(a.name || '/' || r.name)`,
  '@seen': 'p.last_seen_at::text',
};

// Only what some selector asks for is read.
const joins = [
  { alias: 'o', sql: 'LEFT JOIN device_observed o ON o.device_id = v.id' },
  { alias: 'r', sql: 'LEFT JOIN release r ON r.organization_id = o.organization_id AND r.digest = o.running_digest' },
  { alias: 'a', sql: 'LEFT JOIN application a ON a.id = r.application_id' },
  { alias: 'p', sql: 'LEFT JOIN device_presence p ON p.device_id = v.id' },
] as const;

/** Counts the members of groups of one organization. @returns by the id of the group */
export async function countMembers(reader: Reader, organizationId: string, groups: readonly CountedGroup[]): Promise<Map<string, number>> {
  const read = groups.map(({ id, selector }) => ({ id, selector: selector === null ? null : readSelector(selector) }));
  // What people listed, and what the index over labels finds by itself.
  const direct = read.filter(({ selector }) => selector === null || selector.every(isRequiredLabel));
  const scanned = read.flatMap(({ id, selector }) => (selector === null || selector.every(isRequiredLabel) ? [] : [{ id, selector }]));
  const counts = await countDirectly(
    reader,
    direct.map(({ id }) => id),
  );
  for (const [id, count] of await countInOnePass(reader, organizationId, scanned)) counts.set(id, count);
  return counts;
}

/** A selector that is stored was read before. */
function readSelector(text: string): Selector {
  const parsed = parseSelector(text);
  if ('problem' in parsed) throw new Error(`a stored selector cannot be read: ${parsed.problem.message}`);
  return parsed.selector;
}

function isRequiredLabel(requirement: Requirement): boolean {
  return requirement.kind === 'in' && requirement.values.length === 1 && !requirement.key.startsWith('@');
}

async function countDirectly(reader: Reader, groupIds: readonly string[]): Promise<Map<string, number>> {
  if (groupIds.length === 0) return new Map();
  const rows = await reader.query<{ id: string; devices: number }>(
    `SELECT g.id, (SELECT count(*)::int FROM ${membersSql('g.id')} x) AS devices FROM unnest($1::uuid[]) AS g (id)`,
    [groupIds],
  );
  return new Map(rows.map(({ id, devices }) => [id, devices]));
}

async function countInOnePass(
  reader: Reader,
  organizationId: string,
  groups: readonly { id: string; selector: Selector }[],
): Promise<[string, number][]> {
  if (groups.length === 0) return [];
  const parameters: unknown[] = [organizationId];
  const next: Next = (value) => `$${parameters.push(value)}`;
  const versions: string[] = [];
  const perDevice: string[] = [];
  const perKind: string[] = [];
  for (const { selector } of groups) {
    const compared = selector.filter(({ kind }) => kind === 'compare');
    const others = selector.flatMap((requirement) => (requirement.kind === 'compare' ? [] : [conditionSql(requirement, next)]));
    perDevice.push(others.length === 0 ? 'true' : others.join(' AND '));
    const bounds = compared.map((requirement) => comparedSql(requirement, { versions, next }));
    perKind.push([`k.fits[${perDevice.length}]`, ...bounds].join(' AND '));
  }
  const [row] = await reader.query<{ counts: number[] }>(
    `WITH kind AS MATERIALIZED (
       SELECT ARRAY[${perDevice.join(', ')}] AS fits, ARRAY[${versions.join(', ')}]::text[] AS versions, count(*) AS devices
         FROM device v ${joinsFor([...perDevice, ...versions].join(' '))} WHERE v.organization_id = $1 GROUP BY 1, 2)
     SELECT ARRAY[${perKind.map((filter) => `coalesce(sum(k.devices) FILTER (WHERE ${filter}), 0)`).join(', ')}]::int[] AS counts FROM kind k`,
    parameters,
  );
  return groups.map(({ id }, place) => [id, row?.counts[place] ?? 0]);
}

/** The tables that conditions name; who joins the application joins the release before. */
function joinsFor(conditions: string): string {
  const isAsked = (alias: string): boolean => new RegExp(`\\b${alias}\\.`, 'u').test(conditions);
  const last = joins.findLastIndex(({ alias }) => alias !== 'p' && isAsked(alias));
  const needed = joins.filter(({ alias }, place) => (alias === 'p' ? isAsked('p') : place <= last));
  return needed.map(({ sql }) => sql).join(' ');
}

/** A comparison over a kind `k` of devices: taking a version apart costs more than all the rest, and there are few versions. */
function comparedSql(requirement: Requirement, { versions, next }: { versions: string[]; next: Next }): string {
  if (requirement.kind !== 'compare') throw new Error(`no comparison: ${requirement.kind}`);
  const place = versions.push(valueSql(requirement.key, next));
  return requirementSql(requirement, `k.versions[${place}]`, next);
}

function valueSql(key: string, next: Next): string {
  return key.startsWith('@') ? factColumns[key as FactKey] : `(v.labels ->> ${next(key)}::text)`;
}

/** Another requirement over a device `v` and what is joined to it. */
function conditionSql(requirement: Exclude<Requirement, { kind: 'compare' }>, next: Next): string {
  if (requirement.kind === 'age') {
    const unseen = `coalesce(extract(epoch FROM now() - p.last_seen_at), 'Infinity')`;
    return `${unseen} ${requirement.comparison} ${next(requirement.ageMs / 1_000)}::numeric`;
  }
  return requirementSql(requirement, valueSql(requirement.key, next), next);
}
