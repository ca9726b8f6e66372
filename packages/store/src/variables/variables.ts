import type { Page, PageQuery, Variable, VariableScope } from '@sluice/contracts';
import type { JsonValue } from '@sluice/ledger';

import { pageById } from '../base/paging.ts';
import type { Reader } from '../base/reader.ts';
import type { Transaction } from '../base/transaction.ts';
import { notFound } from '../errors.ts';
import { type ChangeContext, entryOf } from '../ledger/change-context.ts';

/** A variable as it is stored: only whoever has the key can show its value. */
export type StoredVariable = Omit<Variable, 'value' | 'updatedAt'> & { sealedValue: Buffer; updatedAt: Date };

const COLUMNS = `id, scope, scope_id as "scopeId", name, secret, sealed_value as "sealedValue", updated_at as "updatedAt"`;

/** The table that a scope's id is one of. */
const SCOPE_TABLES = {
  application: 'application',
  stage: 'stage',
  group: 'device_group',
  device: 'device',
} as const satisfies Record<Exclude<VariableScope, 'organization'>, string>;

async function requireScope(tx: Transaction, organizationId: string, scope: VariableScope, scopeId: string): Promise<void> {
  const known =
    scope === 'organization'
      ? scopeId === organizationId
      : (await tx.query(`select 1 from ${SCOPE_TABLES[scope]} where organization_id = $1 and id = $2`, [organizationId, scopeId])).length >
        0;
  if (!known) throw notFound(scope, scopeId);
}

export type VariableToSet = {
  scope: VariableScope;
  /** Id of the organization, application, stage, group or device. */
  scopeId: string;
  name: string;
  secret: boolean;
  /** Seals the value to the row with this id. */
  seal: (variableId: string) => Uint8Array;
  /** What the ledger says about the value: the value itself, or a digest when it is secret. */
  ledgerValue: JsonValue;
};

/**
 * Sets a variable at one layer; setting it again replaces its value. Devices get it with their next deployment.
 * @throws StoreError NOT_FOUND when the scope's thing is not the organization's
 */
export async function setVariable(
  tx: Transaction,
  organizationId: string,
  input: VariableToSet,
  context: ChangeContext,
): Promise<StoredVariable> {
  const { scope, scopeId, name, secret } = input;
  await requireScope(tx, organizationId, scope, scopeId);
  // Two first settings at once must agree on one id, because the value is sealed to it.
  await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 1))', [`${organizationId}/${scope}/${scopeId}/${name}`]);
  const [existing] = await tx.query<{ id: string }>(
    'select id from variable where organization_id = $1 and scope = $2 and scope_id = $3 and name = $4',
    [organizationId, scope, scopeId, name],
  );
  const id = existing?.id ?? tx.uuid();
  const [row] = await tx.query<StoredVariable>(
    `insert into variable (id, organization_id, scope, scope_id, name, secret, sealed_value, updated_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8)
     on conflict (id) do update set secret = excluded.secret, sealed_value = excluded.sealed_value, updated_at = excluded.updated_at
     returning ${COLUMNS}`,
    [id, organizationId, scope, scopeId, name, secret, Buffer.from(input.seal(id)), tx.now],
  );
  if (row === undefined) throw new Error('a variable was not written');
  const after = { scope, scopeId, name, secret, value: input.ledgerValue };
  await tx.record(entryOf(organizationId, context, { action: 'variable.set', target: { kind: 'variable', id, name }, after }));
  await tx.changed(organizationId, 'variable', [id]);
  return row;
}

/** Newest first; all layers, or those of one scope. */
export function listVariables(
  reader: Reader,
  organizationId: string,
  query: PageQuery & { scope?: VariableScope; scopeId?: string },
): Promise<Page<StoredVariable>> {
  return pageById(query, ({ before, limit }) =>
    reader.query<StoredVariable>(
      `select ${COLUMNS} from variable
       where organization_id = $1 and ($2::uuid is null or id < $2)
         and ($4::text is null or scope = $4) and ($5::uuid is null or scope_id = $5)
       order by id desc limit $3`,
      [organizationId, before, limit, query.scope ?? null, query.scopeId ?? null],
    ),
  );
}

/** @throws StoreError NOT_FOUND */
export async function removeVariable(tx: Transaction, organizationId: string, variableId: string, context: ChangeContext): Promise<void> {
  const [row] = await tx.query<Pick<StoredVariable, 'scope' | 'scopeId' | 'name' | 'secret'>>(
    'delete from variable where organization_id = $1 and id = $2 returning scope, scope_id as "scopeId", name, secret',
    [organizationId, variableId],
  );
  if (row === undefined) throw notFound('variable', variableId);
  const target = { kind: 'variable', id: variableId, name: row.name } as const;
  await tx.record(entryOf(organizationId, context, { action: 'variable.removed', target, before: { ...row } }));
  await tx.changed(organizationId, 'variable', [variableId]);
}
