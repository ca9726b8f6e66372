import type {
  Deployment,
  Device,
  DeviceBlockers,
  DeviceDetail,
  DeviceEvent,
  DeviceQuery,
  FleetSummary,
  Page,
  PageQuery,
  UpdateDeviceRequest,
} from '@sluice/contracts';
import type { Clock } from '@sluice/platform';
import { isTimeZone } from '@sluice/rollout';
import {
  adoptDevice,
  approveDevice,
  type ChangeContext,
  getDevice,
  getDeviceBlockers,
  getFleetSummary,
  type Keyring,
  listDeviceDeployments,
  listDeviceEvents,
  listDevices,
  reassertDevice,
  revokeDevice,
  type Store,
  type Transaction,
  updateDevice,
} from '@sluice/store';
import type { RolloutHints } from '../../dependencies.ts';
import { ApiError } from '../../problems/api-error.ts';
import { releaseSignerOrNone } from '../releases/publish-prepared.ts';

export type DevicesDependencies = { store: Store; clock: Clock; jobs: RolloutHints; keyring: Keyring };

/** `version`: of the device as the client last read it; null when it does not matter. */
export type DeviceChange = { organizationId: string; deviceId: string; version: number | null; changes: UpdateDeviceRequest };

export type Devices = {
  list(organizationId: string, query: DeviceQuery): Promise<Page<Device>>;
  summary(organizationId: string): Promise<FleetSummary>;
  /** @throws StoreError NOT_FOUND */
  get(organizationId: string, deviceId: string): Promise<DeviceDetail>;
  /** @throws StoreError NOT_FOUND */
  blockers(organizationId: string, deviceId: string): Promise<DeviceBlockers>;
  /** @throws StoreError NOT_FOUND */
  listEvents(organizationId: string, deviceId: string, page: PageQuery): Promise<Page<DeviceEvent>>;
  /** @throws StoreError NOT_FOUND */
  listDeployments(organizationId: string, deviceId: string, page: PageQuery): Promise<Page<Deployment>>;
  /** @throws StoreError NOT_FOUND, NAME_TAKEN, VERSION_STALE; ApiError VALIDATION_FAILED: no such time zone */
  update(change: DeviceChange, context: ChangeContext): Promise<DeviceDetail>;
  /** @throws StoreError NOT_FOUND, STATE_CONFLICT */
  approve(organizationId: string, deviceId: string, context: ChangeContext): Promise<DeviceDetail>;
  /** @throws StoreError NOT_FOUND, STATE_CONFLICT */
  adopt(organizationId: string, deviceId: string, context: ChangeContext): Promise<DeviceDetail>;
  /** @throws StoreError NOT_FOUND, STATE_CONFLICT */
  reassert(organizationId: string, deviceId: string, context: ChangeContext): Promise<DeviceDetail>;
  /** @throws StoreError NOT_FOUND */
  revoke(organizationId: string, deviceId: string, context: ChangeContext): Promise<DeviceDetail>;
};

function refuseUnknownZone({ timeZone }: UpdateDeviceRequest): void {
  if (timeZone == null || isTimeZone(timeZone)) return;
  const detail = `There is no time zone ${timeZone}. Use an IANA name such as Europe/Vienna, or null for that of the device itself.`;
  throw new ApiError('VALIDATION_FAILED', detail, { errors: [{ pointer: '/timeZone', detail }] });
}

/** Makes the module of devices, as people see them. */
export function createDevices({ store, clock, jobs, keyring }: DevicesDependencies): Devices {
  const advance = (tx: Transaction, rolloutIds: readonly string[]): void => {
    for (const rolloutId of rolloutIds) tx.afterCommit(() => jobs.advanceRollout(rolloutId));
  };
  const at = () => ({ now: new Date(clock.now()) });
  return {
    list: (organizationId, query) => listDevices(store, organizationId, query, at()),
    summary: (organizationId) => getFleetSummary(store, organizationId, at()),
    get: (organizationId, deviceId) => getDevice(store, organizationId, deviceId, at()),
    blockers: (organizationId, deviceId) => getDeviceBlockers(store, organizationId, { deviceId, ...at() }),
    listEvents: (organizationId, deviceId, page) => listDeviceEvents(store, organizationId, { ...page, deviceId }),
    listDeployments: (organizationId, deviceId, page) => listDeviceDeployments(store, organizationId, { ...page, deviceId }),
    update: async ({ organizationId, deviceId, version, changes }, context) => {
      refuseUnknownZone(changes);
      return store.transaction(async (tx) => {
        const from = version ?? (await getDevice(tx, organizationId, deviceId, { now: tx.now })).version;
        return updateDevice(tx, organizationId, { deviceId, version: from, changes }, context);
      });
    },
    approve: (organizationId, deviceId, context) => store.transaction((tx) => approveDevice(tx, organizationId, deviceId, context)),
    adopt: (organizationId, deviceId, context) =>
      store.transaction(async (tx) => {
        const { device, rolloutIds } = await adoptDevice(tx, organizationId, deviceId, context);
        advance(tx, rolloutIds);
        return device;
      }),
    reassert: (organizationId, deviceId, context) =>
      store.transaction(async (tx) => {
        const signer = releaseSignerOrNone(keyring);
        const { device, rolloutIds } = await reassertDevice(tx, organizationId, { deviceId, signer }, context);
        advance(tx, rolloutIds);
        return device;
      }),
    revoke: (organizationId, deviceId, context) =>
      store.transaction(async (tx) => {
        const { device, rolloutIds } = await revokeDevice(tx, organizationId, deviceId, context);
        advance(tx, rolloutIds);
        return device;
      }),
  };
}
