import { defaultRetentionPolicy, type RetentionPolicy, type RetentionSettings } from '@sluice/contracts';
import { getApplication } from '../applications/applications.ts';
import type { Reader } from '../base/reader.ts';
import type { Transaction } from '../base/transaction.ts';
import { versionStale } from '../errors.ts';
import { type ChangeContext, entryOf } from '../ledger/change-context.ts';

type Row = { scopeId: string; policy: RetentionPolicy; version: number };

/**
 * The retention policy that holds for an application, or without one the organization's.
 * @throws StoreError NOT_FOUND when the application is not the organization's
 */
export async function getRetention(reader: Reader, organizationId: string, applicationId: string | null): Promise<RetentionSettings> {
  if (applicationId !== null) await getApplication(reader, organizationId, applicationId);
  const scopes = applicationId === null ? [organizationId] : [applicationId, organizationId];
  const rows = await reader.query<Row>(
    'select scope_id as "scopeId", policy, version from retention_policy where organization_id = $1 and scope_id = any($2::uuid[])',
    [organizationId, scopes],
  );
  const own = rows.find((row) => row.scopeId === scopes[0]);
  const version = own?.version ?? 0;
  const found = own ?? rows.at(0);
  if (found === undefined) return { policy: defaultRetentionPolicy, source: 'default', version };
  return { policy: found.policy, source: found.scopeId === organizationId ? 'organization' : 'application', version };
}

/** `applicationId` null: the organization's. `policy` null: none of its own any more. `version`: the one the change was made from, null for any. */
export type RetentionChange = { applicationId: string | null; version: number | null; policy: RetentionPolicy | null };

/** @throws StoreError NOT_FOUND, VERSION_STALE */
export async function setRetention(
  tx: Transaction,
  organizationId: string,
  input: RetentionChange,
  context: ChangeContext,
): Promise<RetentionSettings> {
  const { applicationId, policy } = input;
  const scopeId = applicationId ?? organizationId;
  // There may be no row yet: whoever changes this level holds what it belongs to.
  const owner = applicationId === null ? 'organization' : 'application';
  await tx.query(`select 1 from ${owner} where id = $1 for no key update`, [scopeId]);
  const before = await getRetention(tx, organizationId, applicationId);
  if (input.version !== null && before.version !== input.version) throw versionStale('retention policy of', scopeId, before.version);
  if (policy === null)
    await tx.execute('delete from retention_policy where organization_id = $1 and scope_id = $2', [organizationId, scopeId]);
  else {
    await tx.execute(
      `insert into retention_policy (organization_id, scope_id, policy, version, updated_by, updated_at) values ($1, $2, $3, 1, $4, $5)
       on conflict (organization_id, scope_id)
       do update set policy = excluded.policy, version = retention_policy.version + 1, updated_by = excluded.updated_by, updated_at = excluded.updated_at`,
      [organizationId, scopeId, JSON.stringify(policy), context.actor.name, tx.now],
    );
  }
  const after = await getRetention(tx, organizationId, applicationId);
  const target = { kind: owner, id: scopeId } as const;
  const facts = ({ policy: holds, source }: RetentionSettings) => ({ source, policy: { ...holds } });
  await tx.record(entryOf(organizationId, context, { action: 'retention.changed', target, before: facts(before), after: facts(after) }));
  await tx.changed(organizationId, 'application', applicationId === null ? [] : [applicationId]);
  return after;
}
