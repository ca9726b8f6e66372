// INVARIANTS
// 1. A device answers its own requests only; another device's do not exist for it.
// 2. An answer counts once; the same again is answered alike and changes nothing.
import type { LogQuestion, LogReceipt, LogUpload } from '@sluice/contracts';
import type { Log } from '@sluice/platform';
import { finishLogRequest, lockLogRequest, markLogRequestDelivered, type Store } from '@sluice/store';
import { ApiError, notFound } from '../../problems/api-error.ts';
import { storable } from '../device-reports/sanitize.ts';

/** Which request for logs of which device. */
export type LogAddress = { deviceId: string; logRequestId: string };

export type LogIntake = {
  /** What the device is told of the request; null: nothing any more; undefined: that could not be found out. Never fails. */
  told(deviceId: string, logRequestId: string): Promise<LogQuestion | null | undefined>;
  /** Takes what the device sent. @throws ApiError NOT_FOUND, STATE_CONFLICT when its time is over */
  take(address: LogAddress, upload: LogUpload): Promise<LogReceipt>;
};

/** Makes the place where devices hand in lines of their logs. */
export function createLogIntake({ store, log }: { store: Store; log: Log }): LogIntake {
  return {
    told: async (deviceId, logRequestId) => {
      try {
        const request = await store.transaction((tx) => markLogRequestDelivered(tx, deviceId, logRequestId));
        return request === undefined ? null : { id: request.id, source: request.source, lines: request.lineCount };
      } catch (error) {
        // A device must get its assignment whatever becomes of this.
        log.warn({ err: error, deviceId, logRequestId }, 'could not tell a device that its logs are asked for');
        return undefined;
      }
    },
    take: ({ deviceId, logRequestId }, upload) =>
      store.transaction(async (tx): Promise<LogReceipt> => {
        const request = await lockLogRequest(tx, deviceId, logRequestId);
        if (request === undefined) throw notFound('request for logs');
        if (request.state === 'completed' || request.state === 'failed') return { state: request.state };
        if (request.isOver) throw new ApiError('STATE_CONFLICT', 'The request has expired: nobody waits for these lines any more.');
        await finishLogRequest(tx, request, storable(upload));
        return { state: 'failure' in upload ? 'failed' : 'completed' };
      }),
  };
}
