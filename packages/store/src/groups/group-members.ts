import type { Group } from '@sluice/contracts';

import type { Transaction } from '../base/transaction.ts';
import { notFound, stateConflict, versionStale } from '../errors.ts';
import { type ChangeContext, entryOf } from '../ledger/change-context.ts';
import { getGroup, lockGroup } from './groups.ts';

/** More devices at once are not told one by one: their group is. */
const TOLD_DEVICES_MAX = 100;
/** Devices of one ledger entry at most. */
const LEDGER_DEVICES_MAX = 10_000;

/** A group and devices that are put in or taken out. */
export type GroupDevices = { group: { id: string; name: string }; deviceIds: readonly string[] };

/** Lists devices as members. @throws StoreError NOT_FOUND naming the first device that is not the organization's */
export async function addDevices(
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

/** Writes down who was listed, or is no longer. */
export async function tellMembers(
  tx: Transaction,
  organizationId: string,
  { action, group, deviceIds }: GroupDevices & { action: 'group.device_added' | 'group.device_removed' },
  context: ChangeContext,
): Promise<void> {
  if (deviceIds.length === 0) return;
  const sorted = [...deviceIds].sort();
  const target = { kind: 'group', ...group } as const;
  const parts = Array.from({ length: Math.ceil(sorted.length / LEDGER_DEVICES_MAX) }, (_, part) =>
    sorted.slice(part * LEDGER_DEVICES_MAX, (part + 1) * LEDGER_DEVICES_MAX),
  );
  await tx.recordMany(parts.map((devices) => entryOf(organizationId, context, { action, target, after: { devices } })));
  if (deviceIds.length <= TOLD_DEVICES_MAX) await tx.changed(organizationId, 'device', deviceIds);
}

/** `version`: refuse unless the group still has it (`If-Match`); null: whatever it is. */
export type GroupMembersChange = { groupId: string; version: number | null; add?: readonly string[]; remove?: readonly string[] };

/**
 * Puts devices into a static group and takes devices out of it.
 * @throws StoreError NOT_FOUND, VERSION_STALE; STATE_CONFLICT for a dynamic group
 */
export async function changeGroupMembers(
  tx: Transaction,
  organizationId: string,
  input: GroupMembersChange,
  context: ChangeContext,
): Promise<Group> {
  const { id, name, version, selector } = await lockGroup(tx, organizationId, input.groupId, 'change');
  if (input.version !== null && input.version !== version) throw versionStale('group', id, version);
  if (selector !== null) throw membersOfDynamicGroup(name, selector);
  await removeDevices(tx, organizationId, { group: { id, name }, deviceIds: input.remove ?? [] }, context);
  await addDevices(tx, organizationId, { group: { id, name }, deviceIds: input.add ?? [] }, context);
  await tx.execute('update device_group set version = version + 1 where id = $1', [id]);
  await tx.changed(organizationId, 'group', [id]);
  return getGroup(tx, organizationId, id);
}

function membersOfDynamicGroup(name: string, selector: string): Error {
  return stateConflict(
    `The group "${name}" is dynamic: its devices are those that fulfil "${selector}". Change labels of devices, or the selector; with the selector null the group keeps the devices it has and takes others by hand.`,
  );
}

/**
 * Refuses a dynamic group, where a static one is needed; the group stays static until the transaction ends.
 * @param purpose ends the sentence "… cannot …"
 * @throws StoreError NOT_FOUND, STATE_CONFLICT
 */
export async function requireStaticGroup(tx: Transaction, organizationId: string, groupId: string, purpose: string): Promise<void> {
  const { name, selector } = await lockGroup(tx, organizationId, groupId, 'refer');
  if (selector === null) return;
  throw stateConflict(
    `The group "${name}" is dynamic (${selector}), so ${purpose}: choose a static group, or give the devices labels that the selector asks for.`,
  );
}
