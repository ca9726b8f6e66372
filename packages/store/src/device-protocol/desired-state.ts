import type { DeviceApproval } from '@sluice/contracts';
import type { Reader } from '../base/reader.ts';

/** What decides the answer to `GET /desired` without looking further: which revision, and whether the token still counts. */
export type DesiredState = {
  deviceId: string;
  organizationId: string;
  approval: DeviceApproval;
  epoch: number;
  /** 0 until the device was given something. */
  revision: number;
  /** The open capture: somebody wants to see what runs there. */
  captureId: string | null;
  /** The open request for lines of a log. */
  logRequestId: string | null;
  /** It knows more than this database: it is told nothing until a person decides. */
  ahead: boolean;
};

/** The columns of a `DesiredState` over the aliases d (device) and s (device_desired, outer joined). */
export const desiredStateColumns = `
  d.id AS "deviceId", d.organization_id AS "organizationId", d.approval, d.epoch, coalesce(s.revision, 0) AS revision,
  s.capture_id AS "captureId", s.log_request_id AS "logRequestId",
  EXISTS (SELECT 1 FROM device_ahead h WHERE h.device_id = d.id) AS ahead`;

/** Reads the states of many devices at once; those that do not exist are left out. */
export function loadDesiredStates(reader: Reader, deviceIds: readonly string[]): Promise<DesiredState[]> {
  return reader.query<DesiredState>(
    `SELECT ${desiredStateColumns}
       FROM device d LEFT JOIN device_desired s ON s.device_id = d.id
      WHERE d.id = ANY($1::uuid[])`,
    [deviceIds],
  );
}
