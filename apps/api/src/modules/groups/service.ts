import type {
  ChangeGroupMembersRequest,
  CreateGroupRequest,
  Device,
  Group,
  GroupPreview,
  GroupPreviewRequest,
  Page,
  PageQuery,
  UpdateGroupRequest,
} from '@sluice/contracts';
import type { Clock } from '@sluice/platform';
import {
  type ChangeContext,
  changeGroupMembers,
  createGroup,
  deleteGroup,
  getGroup,
  listDevices,
  listGroups,
  previewSelector,
  type Store,
  updateGroup,
} from '@sluice/store';
import { readSelector } from '../../http/read-selector.ts';
import { ApiError } from '../../problems/api-error.ts';

type GroupOf = { organizationId: string; groupId: string };
/** `version`: of the group as the client last read it; null when it does not matter. */
export type MembersChange = GroupOf & { version: number | null; changes: ChangeGroupMembersRequest };
/** As with `MembersChange`. */
export type GroupUpdate = GroupOf & { version: number | null; changes: UpdateGroupRequest };

export type Groups = {
  list(organizationId: string, page: PageQuery): Promise<Page<Group>>;
  /** @throws StoreError NOT_FOUND */
  get(organizationId: string, groupId: string): Promise<Group>;
  /** The members, newest device first. @throws StoreError NOT_FOUND, CURSOR_INVALID */
  devices(group: GroupOf, page: PageQuery): Promise<Page<Device>>;
  /** @throws StoreError NOT_FOUND for the group; ApiError SELECTOR_INVALID */
  preview(organizationId: string, request: GroupPreviewRequest): Promise<GroupPreview>;
  /** @throws StoreError NAME_TAKEN, NOT_FOUND for a device; ApiError SELECTOR_INVALID, VALIDATION_FAILED for devices beside a selector */
  create(organizationId: string, request: CreateGroupRequest, context: ChangeContext): Promise<Group>;
  /** @throws StoreError NOT_FOUND, NAME_TAKEN, VERSION_STALE, STILL_REFERENCED; ApiError SELECTOR_INVALID */
  update(update: GroupUpdate, context: ChangeContext): Promise<Group>;
  /** @throws StoreError NOT_FOUND, VERSION_STALE; STATE_CONFLICT for a dynamic group */
  changeMembers(change: MembersChange, context: ChangeContext): Promise<Group>;
  /** @throws StoreError NOT_FOUND, STILL_REFERENCED */
  remove(group: GroupOf, context: ChangeContext): Promise<void>;
};

/** Makes the module of device groups. */
export function createGroups({ store, clock }: { store: Store; clock: Clock }): Groups {
  return {
    list: (organizationId, page) => listGroups(store, organizationId, page),
    get: (organizationId, groupId) => getGroup(store, organizationId, groupId),
    devices: async ({ organizationId, groupId }, page) => {
      await getGroup(store, organizationId, groupId);
      return listDevices(store, organizationId, { ...page, groupId }, { now: new Date(clock.now()) });
    },
    preview: async (organizationId, { selector: text, groupId }) => {
      const { selector } = readSelector(text);
      if (groupId !== undefined) await getGroup(store, organizationId, groupId);
      return previewSelector(store, organizationId, { selector, groupId: groupId ?? null });
    },
    create: async (organizationId, { selector: text, ...request }, context) => {
      const selector = text === undefined ? undefined : readSelector(text);
      if (selector !== undefined && (request.deviceIds ?? []).length > 0) throw devicesBesideSelector();
      const group = { ...request, ...(selector === undefined ? {} : { selector }) };
      return store.transaction((tx) => createGroup(tx, organizationId, group, context));
    },
    update: async ({ organizationId, groupId, version, changes: { selector: text, ...changes } }, context) => {
      const selector = text === undefined || text === null ? text : readSelector(text);
      const change = { groupId, version, ...changes, ...(selector === undefined ? {} : { selector }) };
      return store.transaction((tx) => updateGroup(tx, organizationId, change, context));
    },
    changeMembers: ({ organizationId, groupId, version, changes }, context) =>
      store.transaction((tx) => changeGroupMembers(tx, organizationId, { groupId, version, ...changes }, context)),
    remove: ({ organizationId, groupId }, context) => store.transaction((tx) => deleteGroup(tx, organizationId, groupId, context)),
  };
}

function devicesBesideSelector(): ApiError {
  const detail = 'The devices of a dynamic group are those that fulfil its selector: leave out deviceIds, or the selector.';
  return new ApiError('VALIDATION_FAILED', detail, { errors: [{ pointer: '/deviceIds', detail }] });
}
