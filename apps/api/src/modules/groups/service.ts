import type { ChangeGroupMembersRequest, CreateGroupRequest, Group, Page, PageQuery } from '@sluice/contracts';
import { type ChangeContext, changeGroupMembers, createGroup, getGroup, listGroups, type Store } from '@sluice/store';

/** `version`: of the group as the client last read it; null when it does not matter. */
export type MembersChange = { organizationId: string; groupId: string; version: number | null; changes: ChangeGroupMembersRequest };

export type Groups = {
  list(organizationId: string, page: PageQuery): Promise<Page<Group>>;
  /** @throws StoreError NOT_FOUND */
  get(organizationId: string, groupId: string): Promise<Group>;
  /** @throws StoreError NAME_TAKEN, NOT_FOUND for a device */
  create(organizationId: string, request: CreateGroupRequest, context: ChangeContext): Promise<Group>;
  /** @throws StoreError NOT_FOUND, VERSION_STALE */
  changeMembers(change: MembersChange, context: ChangeContext): Promise<Group>;
};

/** Makes the module of device groups. */
export function createGroups({ store }: { store: Store }): Groups {
  return {
    list: (organizationId, page) => listGroups(store, organizationId, page),
    get: (organizationId, groupId) => getGroup(store, organizationId, groupId),
    create: (organizationId, request, context) => store.transaction((tx) => createGroup(tx, organizationId, request, context)),
    changeMembers: ({ organizationId, groupId, version, changes }, context) =>
      store.transaction((tx) => changeGroupMembers(tx, organizationId, { groupId, version, ...changes }, context)),
  };
}
