// Many devices' reports become durable in one transaction, with a bounded number of statements. Lock order: devices (by id), then the waves of
// their deployments (in `applyDeploymentReports`), then what those change.
import type { DeploymentReport, HealthReport } from '@sluice/contracts';
import type { Transaction } from '../base/transaction.ts';
import { applyDeploymentReports, type RefusedReport } from '../rollouts/index.ts';
import { type DeviceClaim, noteAhead } from './ahead.ts';
import { type Observation, type ObservedChanges, writeObservations } from './observations.ts';
import { quarantineDevices } from './quarantine.ts';
import { type DigestedReport, planReports, type ReportBatch, type ReportingDevice, type ReportPlan } from './report-batch.ts';
import { writeTimeline } from './timeline.ts';
import { writeInventories } from './write-inventories.ts';

/** What became of one batch. `refused`: deployment reports that changed nothing. */
export type ReportOutcome =
  | { kind: 'revoked' }
  | { kind: 'conflict'; sequence: number }
  | { kind: 'accepted'; acknowledged: number; refused: RefusedReport[] };

/** `outcomes` in the order of the batches; `rolloutIds`: enqueue `rollout.advance` for each after the commit. */
export type IngestedReports = { outcomes: ReportOutcome[]; rolloutIds: string[] };

/** The new reports of a device whose batch is accepted. */
export type FreshReports = { device: ReportingDevice; organizationId: string; fresh: readonly DigestedReport[] };

type DeviceRow = Omit<ReportingDevice, 'digests'> & { organizationId: string };

/** Makes the reports of many devices durable, at most one batch of each device. */
export async function ingestReports(tx: Transaction, batches: readonly ReportBatch[]): Promise<IngestedReports> {
  const devices = await lockDevices(tx, batches);
  const planned = batches.map((batch) => ({ batch, plan: planReports(batch, devices.get(batch.deviceId)) }));
  await quarantineDevices(tx, conflictsOf(planned, devices));
  const accepted = planned.flatMap(({ batch, plan }): FreshReports[] => {
    const device = devices.get(batch.deviceId);
    if (plan.kind !== 'accepted' || device === undefined || plan.fresh.length === 0) return [];
    return [{ device, organizationId: batch.organizationId, fresh: plan.fresh }];
  });
  await storeReports(tx, accepted);
  const observations = accepted.flatMap(observationOf);
  const changed = await writeObservations(tx, observations);
  await writeInventories(tx, accepted);
  await writeTimeline(tx, accepted);
  const applied = await applyDeploymentReports(
    tx,
    accepted.map(({ device: { deviceId }, fresh }) => ({
      deviceId,
      reports: fresh.flatMap(({ report }): DeploymentReport[] => (report.kind === 'deployment' ? [report] : [])),
      healthChanged: changed.health.has(deviceId),
    })),
  );
  // Last: it changes desired states, which everybody locks after waves.
  await noteAhead(tx, claimsOf(accepted, observations, changed));
  const refused = Map.groupBy(applied.refused, (each) => each.deviceId);
  const outcomes = planned.map(({ batch, plan }): ReportOutcome => outcomeOf(plan, refused.get(batch.deviceId) ?? []));
  return { outcomes, rolloutIds: applied.rolloutIds };
}

function outcomeOf(plan: ReportPlan, refused: RefusedReport[]): ReportOutcome {
  return plan.kind === 'accepted' ? { kind: 'accepted', acknowledged: plan.acknowledged, refused } : plan;
}

/** Devices that name something the database may not know: looked at closer in one statement, which hardly ever is needed. */
function claimsOf(accepted: readonly FreshReports[], observations: readonly Observation[], changed: ObservedChanges): DeviceClaim[] {
  const observed = new Map(observations.map(({ deviceId, report }) => [deviceId, report]));
  return accepted.flatMap(({ device, fresh }): DeviceClaim[] => {
    const { deviceId, lastSequence, desiredRevision } = device;
    const report = observed.get(deviceId);
    const hasGap = lastSequence > 0 && Math.min(...fresh.map((each) => each.report.sequence)) > lastSequence + 1;
    const revision = report?.revision ?? 0;
    if (!hasGap && revision <= desiredRevision && !changed.running.has(deviceId)) return [];
    const running = report?.running ?? null;
    const installed = running === null ? {} : { running: { digest: running.releaseDigest, counter: running.releaseCounter } };
    return [{ deviceId, hasGap, revision, ...installed }];
  });
}

/** Locks the devices and reads which of the batches' sequences are stored already. */
async function lockDevices(
  tx: Transaction,
  batches: readonly ReportBatch[],
): Promise<Map<string, ReportingDevice & { organizationId: string }>> {
  const rows = await tx.query<DeviceRow>(
    `SELECT id AS "deviceId", organization_id AS "organizationId", name, approval, epoch, last_report_sequence AS "lastSequence",
            coalesce((SELECT x.revision FROM device_desired x WHERE x.device_id = device.id), 0) AS "desiredRevision"
       FROM device WHERE id = ANY($1::uuid[]) ORDER BY id FOR NO KEY UPDATE`,
    [batches.map((batch) => batch.deviceId)],
  );
  const pairs = batches.flatMap((batch) => batch.reports.map(({ report }) => [batch.deviceId, report.sequence] as const));
  // After the locks: a statement of its own sees what whoever held them before has stored.
  const stored = await tx.query<{ deviceId: string; sequence: number; digest: string }>(
    `SELECT r.device_id AS "deviceId", r.sequence, r.digest
       FROM unnest($1::uuid[], $2::bigint[]) AS u (device_id, sequence)
       JOIN device_report r ON r.device_id = u.device_id AND r.sequence = u.sequence`,
    [pairs.map(([deviceId]) => deviceId), pairs.map(([, sequence]) => sequence)],
  );
  const byDevice = Map.groupBy(stored, (row) => row.deviceId);
  return new Map(
    rows.map((row) => {
      const digests = new Map((byDevice.get(row.deviceId) ?? []).map(({ sequence, digest }) => [sequence, digest]));
      return [row.deviceId, { ...row, digests }];
    }),
  );
}

function conflictsOf(
  planned: readonly { batch: ReportBatch; plan: ReportPlan }[],
  devices: ReadonlyMap<string, ReportingDevice>,
): { device: ReportingDevice; organizationId: string; sequence: number }[] {
  return planned.flatMap(({ batch, plan }) => {
    const device = devices.get(batch.deviceId);
    return plan.kind === 'conflict' && device !== undefined
      ? [{ device, organizationId: batch.organizationId, sequence: plan.sequence }]
      : [];
  });
}

/** Health reports leave only their digest: what they say stands in `device_observed`, and there is one every few seconds. */
async function storeReports(tx: Transaction, accepted: readonly FreshReports[]): Promise<void> {
  const rows = accepted.flatMap(({ device, fresh }) => fresh.map((each) => ({ deviceId: device.deviceId, ...each })));
  if (rows.length === 0) return;
  await tx.execute(
    `INSERT INTO device_report (device_id, sequence, kind, digest, body, received_at)
     SELECT u.*, $6 FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::jsonb[]) AS u`,
    [
      rows.map((row) => row.deviceId),
      rows.map((row) => row.report.sequence),
      rows.map((row) => row.report.kind),
      rows.map((row) => row.digest),
      rows.map((row) => (row.report.kind === 'health' ? null : JSON.stringify(row.report))),
      tx.now,
    ],
  );
  await tx.execute(
    `UPDATE device d SET last_report_sequence = greatest(d.last_report_sequence, u.sequence)
       FROM unnest($1::uuid[], $2::bigint[]) AS u (device_id, sequence) WHERE d.id = u.device_id`,
    [accepted.map(({ device }) => device.deviceId), accepted.map(({ fresh }) => Math.max(...fresh.map(({ report }) => report.sequence)))],
  );
}

/** The newest health report of a device, unless an even newer one was stored before it. */
function observationOf({ device, organizationId, fresh }: FreshReports): Observation[] {
  const newest = fresh
    .map(({ report }) => report)
    .filter((report): report is HealthReport => report.kind === 'health' && report.sequence > device.lastSequence)
    .reduce<HealthReport | undefined>((best, report) => (best === undefined || report.sequence > best.sequence ? report : best), undefined);
  return newest === undefined ? [] : [{ deviceId: device.deviceId, organizationId, report: newest }];
}
