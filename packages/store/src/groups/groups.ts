import type { CreateGroupRequest, Group, Page, PageQuery } from '@sluice/contracts';

import { pageById } from '../base/paging.ts';
import type { Reader } from '../base/reader.ts';
import { iso } from '../base/rows.ts';
import type { Transaction } from '../base/transaction.ts';
import { notFound, StoreError, versionStale } from '../errors.ts';
import { type ChangeContext, entryOf } from '../ledger/change-context.ts';

type Row = { id: string; name: string; description: string; deviceCount: number; createdAt: Date; version: number };

const GROUPS = `
  select g.id, g.name, g.description, g.created_at as "createdAt", g.version,
         (select count(*) from device_group_member m where m.group_id = g.id) as "deviceCount"
  from device_group g`;
/** More devices at once are not told one by one: their group is. */
const TOLD_DEVICES_MAX = 100;

function toGroup(row: Row): Group {
  return { ...row, createdAt: iso(row.createdAt) };
}

/**
 * Makes a static group, with its first devices.
 * @throws StoreError NAME_TAKEN, NOT_FOUND for a device that is not the organization's
 */
export async function createGroup(
  tx: Transaction,
  organizationId: string,
  input: CreateGroupRequest,
  context: ChangeContext,
): Promise<Group> {
  const id = tx.uuid();
  const { name, description = '', deviceIds = [] } = input;
  await tx.execute('insert into device_group (id, organization_id, name, description, created_at) values ($1, $2, $3, $4, $5)', [
    id,
    organizationId,
    name,
    description,
    tx.now,
  ]);
  const target = { kind: 'group', id, name } as const;
  await tx.record(entryOf(organizationId, context, { action: 'group.created', target, after: { name, description } }));
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
  return { ...page, items: page.items.map(toGroup) };
}

/** @throws StoreError NOT_FOUND */
export async function getGroup(reader: Reader, organizationId: string, groupId: string): Promise<Group> {
  const [row] = await reader.query<Row>(`${GROUPS} where g.organization_id = $1 and g.id = $2`, [organizationId, groupId]);
  if (row === undefined) throw notFound('group', groupId);
  return toGroup(row);
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

type GroupDevices = { group: { id: string; name: string }; deviceIds: readonly string[] };

async function addDevices(
  tx: Transaction,
  organizationId: string,
  { group, deviceIds }: GroupDevices,
  context: ChangeContext,
): Promise<void> {
  const [stranger] = await tx.query<{ id: string }>(
    `select asked.id from unnest($2::uuid[]) as asked (id)
     where not exists (select from device d where d.id = asked.id and d.organization_id = $1) limit 1`,
    [organizationId, deviceIds],
  );
  if (stranger !== undefined) throw notFound('device', stranger.id);
  const added = await tx.query<{ id: string }>(
    `insert into device_group_member (group_id, device_id) select $1, id from unnest($2::uuid[]) as asked (id)
     on conflict do nothing returning device_id as id`,
    [group.id, deviceIds],
  );
  await tellMembers(tx, organizationId, { action: 'group.device_added', group, deviceIds: added.map(({ id }) => id) }, context);
}

async function removeDevices(
  tx: Transaction,
  organizationId: string,
  { group, deviceIds }: GroupDevices,
  context: ChangeContext,
): Promise<void> {
  const removed = await tx.query<{ id: string }>(
    'delete from device_group_member where group_id = $1 and device_id = any($2::uuid[]) returning device_id as id',
    [group.id, deviceIds],
  );
  await tellMembers(tx, organizationId, { action: 'group.device_removed', group, deviceIds: removed.map(({ id }) => id) }, context);
}

async function tellMembers(
  tx: Transaction,
  organizationId: string,
  what: GroupDevices & { action: 'group.device_added' | 'group.device_removed' },
  context: ChangeContext,
): Promise<void> {
  if (what.deviceIds.length === 0) return;
  const target = { kind: 'group', ...what.group } as const;
  await tx.record(entryOf(organizationId, context, { action: what.action, target, after: { devices: [...what.deviceIds].sort() } }));
  if (what.deviceIds.length <= TOLD_DEVICES_MAX) await tx.changed(organizationId, 'device', what.deviceIds);
}

/** `version`: refuse unless the group still has it (`If-Match`); null: whatever it is. */
export type GroupMembersChange = { groupId: string; version: number | null; add?: readonly string[]; remove?: readonly string[] };

/**
 * Puts devices into a group and takes devices out of it.
 * @throws StoreError NOT_FOUND, VERSION_STALE
 */
export async function changeGroupMembers(
  tx: Transaction,
  organizationId: string,
  input: GroupMembersChange,
  context: ChangeContext,
): Promise<Group> {
  const group = await lockGroup(tx, organizationId, input.groupId, 'change');
  if (input.version !== null && input.version !== group.version) throw versionStale('group', group.id, group.version);
  await removeDevices(tx, organizationId, { group: pick(group), deviceIds: input.remove ?? [] }, context);
  await addDevices(tx, organizationId, { group: pick(group), deviceIds: input.add ?? [] }, context);
  await tx.execute('update device_group set version = version + 1 where id = $1', [group.id]);
  await tx.changed(organizationId, 'group', [group.id]);
  return getGroup(tx, organizationId, group.id);
}

function pick({ id, name }: { id: string; name: string }): { id: string; name: string } {
  return { id, name };
}

/** `delete` also keeps new references to the group away; `change` does not. */
async function lockGroup(
  tx: Transaction,
  organizationId: string,
  groupId: string,
  intent: 'change' | 'delete',
): Promise<{ id: string; name: string; version: number }> {
  const [group] = await tx.query<{ id: string; name: string; version: number }>(
    `select id, name, version from device_group where organization_id = $1 and id = $2 for ${intent === 'delete' ? 'update' : 'no key update'}`,
    [organizationId, groupId],
  );
  if (group === undefined) throw notFound('group', groupId);
  return group;
}

/**
 * Deletes a group that no stage, code or variable uses.
 * @throws StoreError NOT_FOUND, STILL_REFERENCED
 */
export async function deleteGroup(tx: Transaction, organizationId: string, groupId: string, context: ChangeContext): Promise<void> {
  const group = await lockGroup(tx, organizationId, groupId, 'delete');
  const [used] = await tx.query<{ what: string }>(
    `select 'a stage' as what from stage_group where group_id = $1
     union all select 'an enrollment code' from enrollment_code where group_id = $1
     union all select 'a variable' from variable where scope = 'group' and scope_id = $1 limit 1`,
    [groupId],
  );
  if (used !== undefined) throw new StoreError('STILL_REFERENCED', `The group "${group.name}" is used by ${used.what}: change that first.`);
  await tx.execute('delete from device_group_member where group_id = $1', [groupId]);
  await tx.execute('delete from device_group where id = $1', [groupId]);
  const target = { kind: 'group', ...pick(group) } as const;
  await tx.record(entryOf(organizationId, context, { action: 'group.deleted', target }));
  await tx.changed(organizationId, 'group', [groupId]);
}
