import type { PolicyScope, PolicySettings } from '@sluice/contracts';
import type { Reader } from '../base/reader.ts';
import type { Transaction } from '../base/transaction.ts';
import { notFound, versionStale } from '../errors.ts';
import { type ChangeContext, entryOf } from '../ledger/change-context.ts';

/** What one layer says. Version 0: nothing was ever set. */
export type StoredPolicyLayer = {
  scope: PolicyScope;
  scopeId: string;
  settings: PolicySettings;
  version: number;
  updatedBy: string | null;
  updatedAt: Date | null;
};

/** Where policies are looked up: what is named has a layer. */
export type PolicyPlace = { applicationId?: string; stageId?: string };

// A stage brings its application along. What is not the organization's has no row here, and so no layer.
const layersQuery = `
  with place as (
    select 1 as rank, 'organization' as scope, o.id as scope_id from organization o where o.id = $1
    union all
    select 2, 'application', a.id from application a where a.organization_id = $1 and a.id = coalesce($2::uuid, (
      select p.application_id from stage s join pipeline p on p.id = s.pipeline_id where s.organization_id = $1 and s.id = $3))
    union all
    select 3, 'stage', s.id from stage s where s.organization_id = $1 and s.id = $3
  )
  select place.scope, place.scope_id as "scopeId", coalesce(p.settings, '{}') as settings, coalesce(p.version, 0) as version,
         p.updated_by as "updatedBy", p.updated_at as "updatedAt"
  from place left join policy_settings p on p.organization_id = $1 and p.scope = place.scope and p.scope_id = place.scope_id
  order by place.rank`;

/**
 * The layers that hold at a place, from the organization's on; those that say nothing, too. A stage's application has its layer as well.
 * @throws StoreError NOT_FOUND when the application or the stage is not the organization's
 */
export async function listPolicyLayers(reader: Reader, organizationId: string, place: PolicyPlace): Promise<StoredPolicyLayer[]> {
  const { applicationId, stageId } = place;
  const layers = await reader.query<StoredPolicyLayer>(layersQuery, [organizationId, applicationId ?? null, stageId ?? null]);
  const has = (scope: PolicyScope): boolean => layers.some((layer) => layer.scope === scope);
  if (!has('organization')) throw notFound('organization', organizationId);
  if (stageId !== undefined && !has('stage')) throw notFound('stage', stageId);
  if (applicationId !== undefined && !has('application')) throw notFound('application', applicationId);
  return layers;
}

/** `version`: the one that the change was made from (`If-Match`); null when it does not matter. */
export type PolicyChange = { scope: PolicyScope; scopeId: string; version: number | null; settings: PolicySettings };

function placeOf({ scope, scopeId }: Pick<PolicyChange, 'scope' | 'scopeId'>): PolicyPlace {
  if (scope === 'application') return { applicationId: scopeId };
  return scope === 'stage' ? { stageId: scopeId } : {};
}

/**
 * Replaces what a layer says.
 * @throws StoreError NOT_FOUND, VERSION_STALE
 */
export async function setPolicySettings(
  tx: Transaction,
  organizationId: string,
  change: PolicyChange,
  context: ChangeContext,
): Promise<void> {
  const { scope, scopeId, settings } = change;
  // The first setting has no row to lock.
  await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 2))', [`${organizationId}/${scope}/${scopeId}`]);
  const layers = await listPolicyLayers(tx, organizationId, placeOf(change));
  const before = layers.find((layer) => layer.scope === scope && layer.scopeId === scopeId);
  if (before === undefined) throw notFound(scope, scopeId);
  if (change.version !== null && change.version !== before.version) throw versionStale('policy of', scopeId, before.version);
  await tx.execute(
    `insert into policy_settings (organization_id, scope, scope_id, settings, version, updated_by, updated_at)
     values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (organization_id, scope, scope_id) do update
       set settings = excluded.settings, version = excluded.version, updated_by = excluded.updated_by, updated_at = excluded.updated_at`,
    [organizationId, scope, scopeId, JSON.stringify(settings), before.version + 1, context.actor.name, tx.now],
  );
  const version = before.version + 1;
  await tx.record(
    entryOf(organizationId, context, {
      action: 'policy_settings.changed',
      target: { kind: 'policy_settings', id: scopeId, name: scope },
      before: { scope, version: before.version, settings: plain(before.settings) },
      after: { scope, version, settings: plain(settings) },
    }),
  );
  await tx.changed(organizationId, 'policy_settings', [scopeId]);
}

type PlainSettings = { [name: string]: string[] | string | boolean | number | null | { [name: string]: string | number } };

/** Without members that are undefined, which the ledger cannot say. */
function plain(settings: PolicySettings): PlainSettings {
  return JSON.parse(JSON.stringify(settings)) as PlainSettings;
}
