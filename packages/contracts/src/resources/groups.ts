import { type Static, Type } from 'typebox';
import { Closed, Labels, Name, Timestamp, Uuid } from '../schema.ts';

/** A selector of devices, as people write it. What it can say stands in docs/groups.md; a bad one is refused with SELECTOR_INVALID. */
export const DeviceSelector = Type.String({
  maxLength: 2000,
  pattern: '^[^\\u0000]*$',
  description: "Kubernetes' syntax over labels, and facts that begin with @: `site=ulm,tier in (a,b),!retired,@node-red<4.1,@seen<7d`.",
});

/** `selector` null: a static group, whose devices people list. Else a dynamic one, to which belongs who fulfils it at the moment. */
export const Group = Closed({
  id: Uuid,
  name: Type.String(),
  description: Type.String(),
  selector: Type.Union([DeviceSelector, Type.Null()]),
  deviceCount: Type.Integer({ description: 'Counted at the moment of the answer.' }),
  createdAt: Timestamp,
  version: Type.Integer(),
});
export type Group = Static<typeof Group>;

const DeviceIds = Type.Array(Uuid, { maxItems: 10_000, uniqueItems: true });
const Description = Type.String({ maxLength: 4000 });

/** `POST …/groups`. Either `deviceIds` or `selector`. */
export const CreateGroupRequest = Closed({
  name: Name,
  description: Type.Optional(Description),
  deviceIds: Type.Optional(DeviceIds),
  selector: Type.Optional(DeviceSelector),
});
export type CreateGroupRequest = Static<typeof CreateGroupRequest>;

/**
 * `PATCH …/groups/{id}` with `If-Match`; what is left out stays. A selector makes the group dynamic: devices that were listed are no longer.
 * Null makes it static: the devices that belong to it at that moment are listed from then on.
 */
export const UpdateGroupRequest = Closed({
  name: Type.Optional(Name),
  description: Type.Optional(Description),
  selector: Type.Optional(Type.Union([DeviceSelector, Type.Null()])),
});
export type UpdateGroupRequest = Static<typeof UpdateGroupRequest>;

/** `PATCH …/groups/{id}/members`. */
export const ChangeGroupMembersRequest = Closed({ add: Type.Optional(DeviceIds), remove: Type.Optional(DeviceIds) });
export type ChangeGroupMembersRequest = Static<typeof ChangeGroupMembersRequest>;

/** `POST …/groups/preview`. `groupId`: the group that would get the selector. */
export const GroupPreviewRequest = Closed({ selector: DeviceSelector, groupId: Type.Optional(Uuid) });
export type GroupPreviewRequest = Static<typeof GroupPreviewRequest>;

/** How many, and the first 50 of them by name. */
const PreviewedDevices = Closed({
  deviceCount: Type.Integer(),
  devices: Type.Array(Closed({ id: Uuid, name: Type.String(), labels: Labels })),
});

/** Who fulfils a selector now. `joining`, `leaving`: compared with the group; null when none was named. */
export const GroupPreview = Closed({
  matching: PreviewedDevices,
  joining: Type.Union([PreviewedDevices, Type.Null()]),
  leaving: Type.Union([PreviewedDevices, Type.Null()]),
});
export type GroupPreview = Static<typeof GroupPreview>;
