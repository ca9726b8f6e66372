// INVARIANTS
// 1. A request for logs ends once. Whoever ends it holds its row.
// 2. The request that `device_desired` names is open, or deleted because it has expired.
import type { DeviceLogSource, LogRequestState, LogUpload } from '@sluice/contracts';
import type { Transaction } from '../base/transaction.ts';

/** What a device answers, while it is locked. `isOver`: its time is over. */
export type LockedLogRequest = {
  id: string;
  organizationId: string;
  deviceId: string;
  deviceName: string;
  source: DeviceLogSource;
  lineCount: number;
  state: Exclude<LogRequestState, 'expired'>;
  isOver: boolean;
};

/** Locks a request for logs, only if it is this very device's. */
export async function lockLogRequest(tx: Transaction, deviceId: string, id: string): Promise<LockedLogRequest | undefined> {
  const [request] = await tx.query<LockedLogRequest>(
    `select l.id, l.organization_id as "organizationId", l.device_id as "deviceId", d.name as "deviceName", l.source,
            l.line_count as "lineCount", l.state, l.expires_at <= $3 as "isOver"
       from device_log_request l join device d on d.id = l.device_id
      where l.id = $2 and l.device_id = $1 for update of l`,
    [deviceId, id, tx.now],
  );
  return request;
}

/** Notes that a device is told of a request; the first time counts. Undefined when there is nothing to tell any more. */
export async function markLogRequestDelivered(tx: Transaction, deviceId: string, id: string): Promise<LockedLogRequest | undefined> {
  const request = await lockLogRequest(tx, deviceId, id);
  if (request === undefined || request.isOver || (request.state !== 'requested' && request.state !== 'delivered')) return undefined;
  if (request.state === 'requested') {
    await tx.execute(`update device_log_request set state = 'delivered', delivered_at = $2 where id = $1`, [id, tx.now]);
    await tx.changed(request.organizationId, 'device', [deviceId]);
  }
  return request;
}

/** Ends an open request with what its device said. The caller holds the row (`lockLogRequest`). The ledger keeps how much was sent, not what. */
export async function finishLogRequest(tx: Transaction, request: LockedLogRequest, upload: LogUpload): Promise<void> {
  const { id, organizationId, deviceId, deviceName, source } = request;
  const isFailed = 'failure' in upload;
  await tx.execute(`update device_log_request set state = $2, finished_at = $3, lines = $4, truncated = $5, failure = $6 where id = $1`, [
    id,
    isFailed ? 'failed' : 'completed',
    tx.now,
    isFailed ? null : JSON.stringify(upload.lines),
    isFailed ? null : upload.truncated,
    isFailed ? JSON.stringify(upload.failure) : null,
  ]);
  await tx.execute('update device_desired set log_request_id = null where device_id = $1 and log_request_id = $2', [deviceId, id]);
  await tx.record({
    organizationId,
    actor: { kind: 'device', id: deviceId, name: deviceName, method: 'device_token' },
    action: isFailed ? 'device.logs_failed' : 'device.logs_sent',
    target: { kind: 'device', id: deviceId, name: deviceName },
    after: { logRequest: id, source, ...(isFailed ? upload.failure : { lines: upload.lines.length, truncated: upload.truncated }) },
  });
  await tx.changed(organizationId, 'device', [deviceId]);
  await tx.desiredChanged();
}
