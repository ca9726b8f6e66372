import type { Transaction } from '../base/transaction.ts';

const DAY_MS = 86_400_000;

/** How long what is only kept for a while is kept, in milliseconds. */
export type Retention = {
  changeEventsMs: number;
  answersMs: number;
  sessionsMs: number;
  healthReportsMs: number;
  /** Of all other reports: deployments, events. What they said stands with the deployment, in the timeline and in the ledger. */
  reportsMs: number;
  /** Of events for webhooks, with their deliveries and attempts. */
  webhookEventsMs: number;
  /** Of assignments after which the device got another one of the same release. */
  assignmentsMs: number;
  /** Of values of variables that were replaced or removed so long ago, and that no rollout and no device refers to. */
  variableVersionsMs: number;
};

export const DEFAULT_RETENTION: Retention = {
  changeEventsMs: DAY_MS,
  answersMs: DAY_MS,
  sessionsMs: 30 * DAY_MS,
  healthReportsMs: 7 * DAY_MS,
  reportsMs: 90 * DAY_MS,
  webhookEventsMs: 30 * DAY_MS,
  assignmentsMs: 90 * DAY_MS,
  variableVersionsMs: 7 * DAY_MS,
};

/** Rows deleted by one call at most, per table: a long pause of the worker must not become one huge transaction. */
const BATCH_MAX = 10_000;

const OLD_WEBHOOK_EVENTS =
  'delete from webhook_event where id in (select id from webhook_event where created_at < $1 order by created_at limit $2)';

/**
 * Deletes what has served its purpose: change events, answers to idempotent requests, sessions and sign-in links long ended, traces of reports
 * that no device will deliver again, events for webhooks, assignments that were replaced, and values of variables that nobody refers to.
 * The ledger and everything it tells of stay. Call it again while it returns true.
 * @returns whether there may be more to delete
 */
export async function pruneExpired(tx: Transaction, retention: Retention = DEFAULT_RETENTION): Promise<boolean> {
  const before = (ageMs: number): Date => new Date(tx.now.getTime() - ageMs);
  const deleted = [
    // Oldest first, and the newest of the old ones stays: by the oldest event that is left, whoever resumes a stream sees that nothing is missing.
    await tx.execute(
      `delete from change_event where position in (
         select position from change_event
         where at < $1 and position < (select max(position) from change_event where at < $1)
         order by position limit $2)`,
      [before(retention.changeEventsMs), BATCH_MAX],
    ),
    await tx.execute(
      `delete from idempotency_key where (organization_id, actor, key) in
         (select organization_id, actor, key from idempotency_key where created_at < $1 order by created_at limit $2)`,
      [before(retention.answersMs), BATCH_MAX],
    ),
    await tx.execute('delete from session where id in (select id from session where expires_at < $1 limit $2)', [
      before(retention.sessionsMs),
      BATCH_MAX,
    ]),
    // An open one that is over is told to the device once more at most, and then refused.
    await tx.execute('delete from device_log_request where id in (select id from device_log_request where expires_at < $1 limit $2)', [
      tx.now,
      BATCH_MAX,
    ]),
    await tx.execute('delete from sign_in_link where id in (select id from sign_in_link where expires_at < $1 limit $2)', [
      before(retention.sessionsMs),
      BATCH_MAX,
    ]),
    await tx.execute(
      `delete from device_report where (device_id, sequence) in
         (select device_id, sequence from device_report where kind = 'health' and received_at < $1 limit $2)`,
      [before(retention.healthReportsMs), BATCH_MAX],
    ),
    await tx.execute(
      `delete from device_report where (device_id, sequence) in
         (select device_id, sequence from device_report where kind <> 'health' and received_at < $1 limit $2)`,
      [before(retention.reportsMs), BATCH_MAX],
    ),
    await tx.execute(OLD_WEBHOOK_EVENTS, [before(retention.webhookEventsMs), BATCH_MAX]),
    // The last one of each release stays: a device that goes back gets the configuration that it had with it.
    await tx.execute(
      `delete from device_assignment where (device_id, revision) in (
         select a.device_id, a.revision from device_assignment a
         where a.created_at < $1 and exists (
           select from device_assignment later
           where later.device_id = a.device_id and later.revision > a.revision and later.release_digest is not distinct from a.release_digest
             and (a.sealed_configuration is null or later.sealed_configuration is not null))
         limit $2)`,
      [before(retention.assignmentsMs), BATCH_MAX],
    ),
    // How long ago one was closed is known of what was set then or later. Deployments have their revisions from rollouts and desired states.
    await tx.execute(
      `delete from variable_version where id in (
         select v.id from variable_version v
         where v.to_revision is not null
           and exists (select from variable_version later
             where later.organization_id = v.organization_id and later.from_revision >= v.to_revision and later.created_at < $1)
           and not exists (select from rollout r
             where r.organization_id = v.organization_id and r.variables_revision >= v.from_revision and r.variables_revision < v.to_revision)
           and not exists (select from device_desired x
             where x.organization_id = v.organization_id and x.variables_revision >= v.from_revision and x.variables_revision < v.to_revision)
         limit $2)`,
      [before(retention.variableVersionsMs), BATCH_MAX],
    ),
  ];
  return deleted.some((count) => count === BATCH_MAX);
}
