import type { CreateGroupRequest, Group, Page, PageQuery } from '@sluice/contracts';

import { pageById } from '../base/paging.ts';
import type { Reader } from '../base/reader.ts';
import { iso, only } from '../base/rows.ts';
import type { Transaction } from '../base/transaction.ts';
import { notFound, StoreError } from '../errors.ts';
import { type ChangeContext, entryOf } from '../ledger/change-context.ts';
import { countMembers } from './count-members.ts';
import { addDevices } from './group-members.ts';
import { type NamedSelector, setSelector } from './selector-row.ts';

type Row = Omit<Group, 'createdAt' | 'deviceCount'> & { createdAt: Date };

const GROUPS = `
  select g.id, g.name, g.description, sel.text as selector, g.created_at as "createdAt", g.version
  from device_group g left join device_group_selector sel on sel.group_id = g.id`;

/** A group to be made: with a selector a dynamic one, else a static one with its first devices. */
export type NewGroup = Omit<CreateGroupRequest, 'selector'> & { selector?: NamedSelector };

async function withCounts(reader: Reader, organizationId: string, rows: readonly Row[]): Promise<Group[]> {
  const counts = await countMembers(reader, organizationId, rows);
  return rows.map((row) => ({ ...row, createdAt: iso(row.createdAt), deviceCount: counts.get(row.id) ?? 0 }));
}

/**
 * Makes a group.
 * @throws StoreError NAME_TAKEN, NOT_FOUND for a device that is not the organization's
 */
export async function createGroup(tx: Transaction, organizationId: string, input: NewGroup, context: ChangeContext): Promise<Group> {
  const id = tx.uuid();
  const { name, description = '', deviceIds = [], selector } = input;
  await tx.execute('insert into device_group (id, organization_id, name, description, created_at) values ($1, $2, $3, $4, $5)', [
    id,
    organizationId,
    name,
    description,
    tx.now,
  ]);
  const target = { kind: 'group', id, name } as const;
  if (selector !== undefined) await setSelector(tx, organizationId, id, selector);
  const after = { name, description, ...(selector === undefined ? {} : { selector: selector.text }) };
  await tx.record(entryOf(organizationId, context, { action: 'group.created', target, after }));
  await addDevices(tx, organizationId, { group: { id, name }, deviceIds }, context);
  await tx.changed(organizationId, 'group', [id]);
  return getGroup(tx, organizationId, id);
}

/** Newest first. */
export async function listGroups(reader: Reader, organizationId: string, query: PageQuery): Promise<Page<Group>> {
  const page = await pageById(query, ({ before, limit }) =>
    reader.query<Row>(`${GROUPS} where g.organization_id = $1 and ($2::uuid is null or g.id < $2) order by g.id desc limit $3`, [
      organizationId,
      before,
      limit,
    ]),
  );
  return { ...page, items: await withCounts(reader, organizationId, page.items) };
}

/** @throws StoreError NOT_FOUND */
export async function getGroup(reader: Reader, organizationId: string, groupId: string): Promise<Group> {
  const [row] = await reader.query<Row>(`${GROUPS} where g.organization_id = $1 and g.id = $2`, [organizationId, groupId]);
  if (row === undefined) throw notFound('group', groupId);
  return only(await withCounts(reader, organizationId, [row]));
}

/**
 * Refuses ids of groups that are not the organization's.
 * @throws StoreError NOT_FOUND naming the first of them
 */
export async function requireGroups(reader: Reader, organizationId: string, groupIds: readonly string[]): Promise<void> {
  const [stranger] = await reader.query<{ id: string }>(
    `select asked.id from unnest($2::uuid[]) as asked (id)
     where not exists (select from device_group g where g.id = asked.id and g.organization_id = $1) limit 1`,
    [organizationId, groupIds],
  );
  if (stranger !== undefined) throw notFound('group', stranger.id);
}

/** A group that is held until the transaction ends. */
export type HeldGroup = { id: string; name: string; version: number; selector: string | null };

const HOLDS = { change: 'no key update', replace: 'update', refer: 'key share' } as const;

/**
 * Holds a group. `replace` (for deleting it or making it another kind of group) waits for whoever refers to it, `change` does not; `refer` waits
 * for those that replace.
 * @throws StoreError NOT_FOUND
 */
export async function lockGroup(tx: Transaction, organizationId: string, groupId: string, intent: keyof typeof HOLDS): Promise<HeldGroup> {
  const [group] = await tx.query<Omit<HeldGroup, 'selector'>>(
    `select id, name, version from device_group where organization_id = $1 and id = $2 for ${HOLDS[intent]}`,
    [organizationId, groupId],
  );
  if (group === undefined) throw notFound('group', groupId);
  // Read after the lock was had: what a statement sees is from before it waited.
  const [found] = await tx.query<{ text: string }>('select text from device_group_selector where group_id = $1', [groupId]);
  return { ...group, selector: found?.text ?? null };
}

/**
 * Deletes a group that no stage, code or variable uses.
 * @throws StoreError NOT_FOUND, STILL_REFERENCED
 */
export async function deleteGroup(tx: Transaction, organizationId: string, groupId: string, context: ChangeContext): Promise<void> {
  const group = await lockGroup(tx, organizationId, groupId, 'replace');
  const [used] = await tx.query<{ what: string }>(
    `select 'a stage' as what from stage_group where group_id = $1
     union all select 'an enrollment code' from enrollment_code where group_id = $1
     union all select 'a variable' from variable where scope = 'group' and scope_id = $1 limit 1`,
    [groupId],
  );
  if (used !== undefined) throw new StoreError('STILL_REFERENCED', `The group "${group.name}" is used by ${used.what}: change that first.`);
  await tx.execute('delete from device_group_member where group_id = $1', [groupId]);
  await tx.execute('delete from device_group where id = $1', [groupId]);
  const target = { kind: 'group', id: group.id, name: group.name } as const;
  await tx.record(entryOf(organizationId, context, { action: 'group.deleted', target }));
  await tx.changed(organizationId, 'group', [groupId]);
}
