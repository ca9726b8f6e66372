import type { LogRequest, Page, PageQuery, RequestLogsRequest } from '@sluice/contracts';
import type { Clock } from '@sluice/platform';
import { type ChangeContext, getLogRequest, listLogRequests, requestDeviceLogs, type Store } from '@sluice/store';
import type { PurposeKeys } from '../../dependencies.ts';
import { createIdempotency } from '../../http/idempotently.ts';

export type DeviceLogsDependencies = { store: Store; clock: Clock; keys: PurposeKeys };

export type NewLogRequest = { organizationId: string; deviceId: string; key: string | undefined; request: RequestLogsRequest };

export type DeviceLogs = {
  /** @throws StoreError NOT_FOUND, STATE_CONFLICT, LOGS_OPEN, IDEMPOTENCY_KEY_REUSED */
  request(input: NewLogRequest, context: ChangeContext): Promise<LogRequest>;
  /** @throws StoreError NOT_FOUND, CURSOR_INVALID */
  list(organizationId: string, deviceId: string, page: PageQuery): Promise<Page<LogRequest>>;
  /** @throws StoreError NOT_FOUND */
  get(organizationId: string, logRequestId: string): Promise<LogRequest>;
};

/** How long a device has to answer, and how long its lines are kept: they may say much about a plant. */
const lifetimeMs = 24 * 3_600_000;
const linesDefault = 200;

/** Makes the module through which people ask for logs of devices. */
export function createDeviceLogs({ store, clock, keys }: DeviceLogsDependencies): DeviceLogs {
  const idempotently = createIdempotency({ store, keys });
  const now = (): Date => new Date(clock.now());
  return {
    request: ({ organizationId, deviceId, key, request }, context) =>
      idempotently({ organizationId, actor: context.actor, key, request: ['requestDeviceLogs', deviceId, request] }, (tx) => {
        const expiresAt = new Date(tx.now.getTime() + lifetimeMs);
        const { source = 'runtime', lines = linesDefault } = request;
        return requestDeviceLogs(tx, organizationId, { deviceId, source, lines, expiresAt }, context);
      }),
    list: (organizationId, deviceId, page) => listLogRequests(store, organizationId, { ...page, deviceId }, now()),
    get: (organizationId, logRequestId) => getLogRequest(store, organizationId, logRequestId, now()),
  };
}
