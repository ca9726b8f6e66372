import type { DeviceCapture, Page, PageQuery, RequestCaptureRequest } from '@sluice/contracts';
import type { Clock } from '@sluice/platform';
import { type ChangeContext, getDeviceCapture, listDeviceCaptures, requestDeviceCapture, type Store } from '@sluice/store';
import type { PurposeKeys } from '../../dependencies.ts';
import { createIdempotency } from '../../http/idempotently.ts';

export type DeviceCapturesDependencies = { store: Store; clock: Clock; keys: PurposeKeys };

export type NewCapture = { organizationId: string; deviceId: string; key: string | undefined; request: RequestCaptureRequest };

export type DeviceCaptures = {
  /** @throws StoreError NOT_FOUND, STATE_CONFLICT, CAPTURE_OPEN, IDEMPOTENCY_KEY_REUSED */
  request(input: NewCapture, context: ChangeContext): Promise<DeviceCapture>;
  /** @throws StoreError NOT_FOUND, CURSOR_INVALID */
  list(organizationId: string, deviceId: string, page: PageQuery): Promise<Page<DeviceCapture>>;
  /** @throws StoreError NOT_FOUND */
  get(organizationId: string, captureId: string): Promise<DeviceCapture>;
};

/** How long a device has to answer. It may be off for a night. */
export const captureLifetimeMs = 24 * 3_600_000;

/** Makes the module through which people ask for what runs on devices. */
export function createDeviceCaptures({ store, clock, keys }: DeviceCapturesDependencies): DeviceCaptures {
  const idempotently = createIdempotency({ store, keys });
  const now = (): Date => new Date(clock.now());
  return {
    request: ({ organizationId, deviceId, key, request }, context) =>
      idempotently({ organizationId, actor: context.actor, key, request: ['requestDeviceCapture', deviceId, request] }, (tx) => {
        const expiresAt = new Date(tx.now.getTime() + captureLifetimeMs);
        return requestDeviceCapture(tx, organizationId, { deviceId, message: request.message ?? '', expiresAt }, context);
      }),
    list: (organizationId, deviceId, page) => listDeviceCaptures(store, organizationId, { ...page, deviceId }, now()),
    get: (organizationId, captureId) => getDeviceCapture(store, organizationId, captureId, now()),
  };
}
