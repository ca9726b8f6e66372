import type { DeploymentReport, ReportableDeploymentState } from '@sluice/contracts';
import { type AppliedReports, applyDeploymentReports, type DeviceReports, type Store } from '@sluice/store';

/** What a device reports beside the state. */
export type ReportDetails = Partial<Pick<DeploymentReport, 'code' | 'message' | 'failureDetail' | 'method' | 'cutOverMs'>> & {
  /** Instead of the attempt that the device was offered. */
  attempt?: number;
};

/** Devices that answer for whatever they were last told to run, in the way the device API passes their reports on. */
export type SimulatedDevices = {
  /** Each device reports these states, one after another, in one request for all. Devices without a deployment stay silent. */
  report(deviceIds: readonly string[], states: readonly ReportableDeploymentState[], details?: ReportDetails): Promise<AppliedReports>;
  /** The health reports of devices: they run what they ran, and are well or not. */
  health(deviceIds: readonly string[], health: 'healthy' | 'unhealthy'): Promise<AppliedReports>;
  /** Repeats the last request, as after a lost answer. */
  redeliver(): Promise<AppliedReports>;
};

/** A whole update that goes well. */
export const wholeSuccess = ['accepted', 'downloading', 'staged', 'applying', 'verifying', 'succeeded'] as const;
/** An update that fails its probation. */
export const wholeRollback = ['accepted', 'downloading', 'staged', 'applying', 'verifying', 'rolled_back'] as const;

type Told = { deviceId: string; deploymentId: string; attempt: number };

export function createSimulatedDevices(store: Store): SimulatedDevices {
  let sequence = 0;
  let last: DeviceReports[] = [];

  const report: SimulatedDevices['report'] = (deviceIds, states, details = {}) =>
    store.transaction(async (tx) => {
      const told = await tx.query<Told>(
        `SELECT device_id AS "deviceId", deployment_id AS "deploymentId", attempt FROM device_desired
          WHERE device_id = ANY($1::uuid[]) AND deployment_id IS NOT NULL`,
        [deviceIds],
      );
      const said = told.map(
        ({ deviceId, deploymentId, attempt }): DeviceReports => ({
          deviceId,
          reports: states.map((state): DeploymentReport => {
            sequence += 1;
            return { sequence, kind: 'deployment', at: tx.now.toISOString(), deploymentId, attempt, state, ...details };
          }),
        }),
      );
      if (states.includes('succeeded')) {
        await tx.execute(
          `INSERT INTO device_observed (device_id, organization_id, revision, running_digest, running_counter, health, health_since, verdict, reported_at)
           SELECT x.device_id, x.organization_id, x.revision, l.digest, l.counter, 'healthy', $2, '{"state":"healthy","reasons":[]}', $2
             FROM device_desired x JOIN release l ON l.id = x.release_id WHERE x.device_id = ANY($1::uuid[])
           ON CONFLICT (device_id) DO UPDATE SET running_digest = excluded.running_digest, running_counter = excluded.running_counter`,
          [told.map((row) => row.deviceId), tx.now],
        );
      }
      last = said;
      return applyDeploymentReports(tx, said);
    });

  const health: SimulatedDevices['health'] = (deviceIds, state) =>
    store.transaction(async (tx) => {
      const changed = await tx.query<{ deviceId: string }>(
        `UPDATE device_observed SET health = $2, health_since = $3, last_unhealthy_at = $3, verdict = jsonb_build_object('state', $2::text, 'reasons', '[]'::jsonb)
          WHERE device_id = ANY($1::uuid[]) AND health <> $2 RETURNING device_id AS "deviceId"`,
        [deviceIds, state, tx.now],
      );
      return applyDeploymentReports(
        tx,
        changed.map(({ deviceId }) => ({ deviceId, reports: [], healthChanged: true })),
      );
    });

  return { report, health, redeliver: () => store.transaction((tx) => applyDeploymentReports(tx, last)) };
}
