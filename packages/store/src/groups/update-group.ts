import type { Group } from '@sluice/contracts';

import type { Transaction } from '../base/transaction.ts';
import { StoreError, versionStale } from '../errors.ts';
import { type ChangeContext, entryOf } from '../ledger/change-context.ts';
import { tellMembers } from './group-members.ts';
import { getGroup, type HeldGroup, lockGroup } from './groups.ts';
import { membersSql } from './membership.ts';
import { type NamedSelector, setSelector } from './selector-row.ts';

/** What is left out stays. `selector` null: static from now on. `version`: as with `GroupMembersChange`. */
export type GroupChange = {
  groupId: string;
  version: number | null;
  name?: string;
  description?: string;
  selector?: NamedSelector | null;
};

const facts = ({ name, description, selector, deviceCount }: Group) => ({ name, description, selector, deviceCount });

/**
 * Changes a group. A static group that gets a selector loses the devices that were listed; a dynamic one that loses its selector keeps the
 * devices it has at this moment, as a list.
 * @throws StoreError NOT_FOUND, VERSION_STALE, NAME_TAKEN; STILL_REFERENCED when an enrollment code would put devices into a dynamic group
 */
export async function updateGroup(tx: Transaction, organizationId: string, change: GroupChange, context: ChangeContext): Promise<Group> {
  const { groupId, version, name, description, selector } = change;
  const held = await lockGroup(tx, organizationId, groupId, selector === undefined ? 'change' : 'replace');
  if (version !== null && version !== held.version) throw versionStale('group', groupId, held.version);
  const before = await getGroup(tx, organizationId, groupId);
  if (selector === null) await makeStatic(tx, organizationId, held, context);
  else if (selector !== undefined) await makeDynamic(tx, organizationId, { held, selector }, context);
  await tx.execute(
    'update device_group set name = coalesce($2, name), description = coalesce($3, description), version = version + 1 where id = $1',
    [groupId, name ?? null, description ?? null],
  );
  const after = await getGroup(tx, organizationId, groupId);
  const target = { kind: 'group', id: groupId, name: after.name } as const;
  await tx.record(entryOf(organizationId, context, { action: 'group.changed', target, before: facts(before), after: facts(after) }));
  await tx.changed(organizationId, 'group', [groupId]);
  return after;
}

async function makeStatic(
  tx: Transaction,
  organizationId: string,
  { selector, ...group }: HeldGroup,
  context: ChangeContext,
): Promise<void> {
  if (selector === null) return;
  // No device row is held: one that is deleted meanwhile is refused by the foreign key, and the transaction done again.
  const added = await tx.query<{ id: string }>(
    `insert into device_group_member (group_id, device_id) select $1, m.device_id from ${membersSql('$1::uuid')} m returning device_id as id`,
    [group.id],
  );
  await tx.execute('delete from device_group_selector where group_id = $1', [group.id]);
  const listed = { group: { id: group.id, name: group.name }, deviceIds: added.map(({ id }) => id) };
  await tellMembers(tx, organizationId, { action: 'group.device_added', ...listed }, context);
}

async function makeDynamic(
  tx: Transaction,
  organizationId: string,
  { held, selector }: { held: HeldGroup; selector: NamedSelector },
  context: ChangeContext,
): Promise<void> {
  const { id, name } = held;
  const [code] = await tx.query<{ name: string }>(
    'select name from enrollment_code where group_id = $1 and revoked_at is null and expires_at > $2 and uses < maximum_uses limit 1',
    [id, tx.now],
  );
  if (code !== undefined) {
    const detail = `The enrollment code "${code.name}" puts devices into the group "${name}", which a selector would decide then: revoke the code first.`;
    throw new StoreError('STILL_REFERENCED', detail);
  }
  const removed = await tx.query<{ id: string }>('delete from device_group_member where group_id = $1 returning device_id as id', [id]);
  await setSelector(tx, organizationId, id, selector);
  const unlisted = { group: { id, name }, deviceIds: removed.map((device) => device.id) };
  await tellMembers(tx, organizationId, { action: 'group.device_removed', ...unlisted }, context);
}
