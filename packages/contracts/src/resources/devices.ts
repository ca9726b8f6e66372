import { type Static, Type } from 'typebox';
import { InstalledRelease, Inventory } from '../device-protocol.ts';
import { HealthVerdict, RuntimeHealth } from '../health.ts';
import { PageQuery } from '../paging.ts';
import { Closed, Digest, Labels, Name, Text, Timestamp, Uuid } from '../schema.ts';
import { deploymentStates, failureDetails, OneOf } from '../states.ts';

export const deviceApprovals = ['pending', 'approved', 'revoked', 'quarantined'] as const;
export type DeviceApproval = (typeof deviceApprovals)[number];

/** A release as a device list shows it. */
export const ReleaseReference = Closed({
  id: Uuid,
  name: Type.String(),
  digest: Digest,
  counter: Type.Integer(),
  applicationId: Uuid,
  applicationName: Type.String(),
});
export type ReleaseReference = Static<typeof ReleaseReference>;

export const connectivities = ['online', 'offline', 'never'] as const;

export const Device = Closed({
  id: Uuid,
  name: Type.String(),
  labels: Labels,
  approval: OneOf(deviceApprovals),
  connectivity: OneOf(connectivities),
  lastSeenAt: Type.Union([Timestamp, Type.Null()]),
  health: OneOf(['healthy', 'unhealthy', 'unknown'] as const),
  running: Type.Union([ReleaseReference, Type.Null()]),
  desired: Type.Union([ReleaseReference, Type.Null()]),
  ahead: Type.Boolean({
    description: 'It knows more than the control plane, which was restored from a backup: somebody adopts or reasserts.',
  }),
  groupIds: Type.Array(Uuid),
  createdAt: Timestamp,
  version: Type.Integer(),
});
export type Device = Static<typeof Device>;

export const DeviceDetail = Closed({
  ...Device.properties,
  hardwareId: Type.String(),
  inventory: Inventory,
  timeZone: Type.Union([Type.String(), Type.Null()], { description: 'What a person set; null: the zone that the device says it is in.' }),
  epoch: Type.Integer(),
  desiredRevision: Type.Integer(),
  observedRevision: Type.Integer(),
  previous: Type.Union([ReleaseReference, Type.Null()]),
  observed: Type.Union([InstalledRelease, Type.Null()]),
  verdict: HealthVerdict,
  runtime: Type.Union([RuntimeHealth, Type.Null()]),
  reportedAt: Type.Union([Timestamp, Type.Null()]),
});
export type DeviceDetail = Static<typeof DeviceDetail>;

/** `GET …/devices`: filter and page on the server. `search` matches a part of the name. */
export const DeviceQuery = Closed({
  ...PageQuery.properties,
  search: Type.Optional(Type.String({ maxLength: 100 })),
  groupId: Type.Optional(Uuid),
  health: Type.Optional(OneOf(['healthy', 'unhealthy', 'unknown'] as const)),
  connectivity: Type.Optional(OneOf(connectivities)),
  approval: Type.Optional(OneOf(deviceApprovals)),
  releaseId: Type.Optional(Uuid),
  ahead: Type.Optional(Type.Boolean({ description: 'true: only devices that know more than the control plane.' })),
});
export type DeviceQuery = Static<typeof DeviceQuery>;

/** `GET …/devices/summary`: the fleet in numbers, counted by the server. */
export const FleetSummary = Closed({
  devices: Type.Integer(),
  online: Type.Integer(),
  offline: Type.Integer(),
  healthy: Type.Integer(),
  unhealthy: Type.Integer(),
  pendingApproval: Type.Integer(),
  activeRollouts: Type.Integer(),
});
export type FleetSummary = Static<typeof FleetSummary>;

/** `PATCH …/devices/{id}` with `If-Match`. `timeZone`: an IANA name for maintenance windows; null goes back to what the device says. */
export const UpdateDeviceRequest = Closed({
  name: Type.Optional(Name),
  labels: Type.Optional(Labels),
  timeZone: Type.Optional(Type.Union([Type.String({ minLength: 1, maxLength: 100 }), Type.Null()])),
});
export type UpdateDeviceRequest = Static<typeof UpdateDeviceRequest>;

/** `POST …/devices/{id}/adopt` and `…/reassert` */
export const DecideAheadRequest = Closed({ reason: Type.Optional(Text) });
export type DecideAheadRequest = Static<typeof DecideAheadRequest>;

/** One line of a device's timeline, newest first. */
export const DeviceEvent = Closed({
  id: Uuid,
  at: Timestamp,
  kind: OneOf(['deployment', 'health', 'refusal', 'event', 'person'] as const),
  level: OneOf(['info', 'warning', 'error'] as const),
  code: Type.String(),
  message: Type.String(),
  deploymentId: Type.Union([Uuid, Type.Null()]),
});
export type DeviceEvent = Static<typeof DeviceEvent>;

export const Deployment = Closed({
  id: Uuid,
  rolloutId: Uuid,
  deviceId: Uuid,
  deviceName: Type.String(),
  waveIndex: Type.Integer(),
  state: OneOf(deploymentStates),
  attempt: Type.Integer(),
  fromRelease: Type.Union([ReleaseReference, Type.Null()]),
  toRelease: ReleaseReference,
  code: Type.Union([Type.String(), Type.Null()]),
  message: Type.Union([Type.String(), Type.Null()]),
  failureDetail: Type.Union([OneOf(failureDetails), Type.Null()]),
  method: Type.Union([Type.String(), Type.Null()]),
  cutOverMs: Type.Union([Type.Integer(), Type.Null()]),
  offeredAt: Type.Union([Timestamp, Type.Null()]),
  finishedAt: Type.Union([Timestamp, Type.Null()]),
  deadlineAt: Type.Union([Timestamp, Type.Null()]),
  updatedAt: Timestamp,
});
export type Deployment = Static<typeof Deployment>;

/** `POST …/enrollment-codes`. `groupId` and `labels` are given to each device that enrolls with the code. */
export const CreateEnrollmentCodeRequest = Closed({
  name: Name,
  expiresInSeconds: Type.Optional(Type.Integer({ minimum: 60, maximum: 365 * 86_400 })),
  maximumUses: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
  automaticApproval: Type.Optional(Type.Boolean()),
  groupId: Type.Optional(Uuid),
  labels: Type.Optional(Labels),
});
export type CreateEnrollmentCodeRequest = Static<typeof CreateEnrollmentCodeRequest>;
export const EnrollmentCode = Closed({
  id: Uuid,
  name: Type.String(),
  createdAt: Timestamp,
  expiresAt: Timestamp,
  maximumUses: Type.Integer(),
  uses: Type.Integer(),
  automaticApproval: Type.Boolean(),
  groupId: Type.Union([Uuid, Type.Null()]),
  labels: Labels,
  revokedAt: Type.Union([Timestamp, Type.Null()]),
});
export type EnrollmentCode = Static<typeof EnrollmentCode>;
/** The code itself is shown once. */
export const CreatedEnrollmentCode = Closed({ ...EnrollmentCode.properties, code: Type.String() });
export type CreatedEnrollmentCode = Static<typeof CreatedEnrollmentCode>;
