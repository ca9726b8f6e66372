import type { HealthReport, HealthVerdict } from '@sluice/contracts';
import type { Transaction } from '../base/transaction.ts';

/** What a device says of itself now. */
export type Observation = { deviceId: string; organizationId: string; report: HealthReport };

/** `health`: devices whose health is another word than before; `running`: devices that run another release than before. */
export type ObservedChanges = { health: Set<string>; running: Set<string> };

type Before = {
  deviceId: string;
  health: string;
  verdict: HealthVerdict;
  runningDigest: string | null;
  previousDigest: string | null;
  configurationDigest: string | null;
  revision: number;
};

/** Writes the newest observation of each device. Streams hear of a device only when something a person would notice has changed. */
export async function writeObservations(tx: Transaction, observations: readonly Observation[]): Promise<ObservedChanges> {
  if (observations.length === 0) return { health: new Set(), running: new Set() };
  const before = new Map((await readBefore(tx, observations)).map((row) => [row.deviceId, row]));
  await upsert(tx, observations);
  const noticeable = observations.filter((each) => isNoticeable(before.get(each.deviceId), each.report));
  for (const [organizationId, changed] of Map.groupBy(noticeable, (each) => each.organizationId)) {
    await tx.changed(
      organizationId,
      'device',
      changed.map((each) => each.deviceId),
    );
  }
  const health = observations.filter(({ deviceId, report }) => (before.get(deviceId)?.health ?? 'unknown') !== report.verdict.state);
  const running = observations.filter(
    ({ deviceId, report }) => (report.running?.releaseDigest ?? null) !== (before.get(deviceId)?.runningDigest ?? null),
  );
  return { health: new Set(health.map((each) => each.deviceId)), running: new Set(running.map((each) => each.deviceId)) };
}

function readBefore(tx: Transaction, observations: readonly Observation[]): Promise<Before[]> {
  return tx.query<Before>(
    `SELECT device_id AS "deviceId", health, verdict, running_digest AS "runningDigest", previous_digest AS "previousDigest",
            configuration_digest AS "configurationDigest", revision
       FROM device_observed WHERE device_id = ANY($1::uuid[])`,
    [observations.map((each) => each.deviceId)],
  );
}

/** The texts of reasons count down and up ("since 12 s"): only their codes make a verdict another one. */
function reasonCodes(verdict: HealthVerdict): string {
  return verdict.reasons.map((reason) => reason.code).join();
}

function isNoticeable(before: Before | undefined, report: HealthReport): boolean {
  return (
    before === undefined ||
    before.health !== report.verdict.state ||
    before.revision !== report.revision ||
    before.runningDigest !== (report.running?.releaseDigest ?? null) ||
    before.previousDigest !== (report.previous?.releaseDigest ?? null) ||
    before.configurationDigest !== (report.running?.configurationDigest ?? null) ||
    reasonCodes(before.verdict) !== reasonCodes(report.verdict)
  );
}

async function upsert(tx: Transaction, observations: readonly Observation[]): Promise<void> {
  const reports = observations.map((each) => each.report);
  await tx.execute(
    `INSERT INTO device_observed AS o (device_id, organization_id, revision, running_digest, running_counter, previous_digest,
            configuration_digest, health, verdict, runtime, health_since, last_unhealthy_at, reported_at)
     SELECT u.*, $11::timestamptz, CASE WHEN u.health = 'unhealthy' THEN $11::timestamptz END, $11::timestamptz
       FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[], $5::int[], $6::text[], $7::text[], $8::text[], $9::jsonb[], $10::jsonb[])
            AS u(device_id, organization_id, revision, running_digest, running_counter, previous_digest, configuration_digest, health, verdict, runtime)
     ON CONFLICT (device_id) DO UPDATE
        SET revision = excluded.revision, running_digest = excluded.running_digest, running_counter = excluded.running_counter,
            previous_digest = excluded.previous_digest, configuration_digest = excluded.configuration_digest, health = excluded.health,
            verdict = excluded.verdict, runtime = excluded.runtime, reported_at = excluded.reported_at,
            health_since = CASE WHEN o.health = excluded.health THEN o.health_since ELSE excluded.health_since END,
            last_unhealthy_at = CASE WHEN 'unhealthy' IN (o.health, excluded.health) THEN excluded.reported_at ELSE o.last_unhealthy_at END`,
    [
      observations.map((each) => each.deviceId),
      observations.map((each) => each.organizationId),
      reports.map((report) => report.revision),
      reports.map((report) => report.running?.releaseDigest ?? null),
      reports.map((report) => report.running?.releaseCounter ?? null),
      reports.map((report) => report.previous?.releaseDigest ?? null),
      reports.map((report) => report.running?.configurationDigest ?? null),
      reports.map((report) => report.verdict.state),
      reports.map((report) => JSON.stringify(report.verdict)),
      reports.map((report) => (report.runtime === null ? null : JSON.stringify(report.runtime))),
      tx.now,
    ],
  );
}
