import type { Page, PageQuery, Variable, VariableScope } from '@sluice/contracts';
import type { JsonValue } from '@sluice/ledger';

import { pageById } from '../base/paging.ts';
import type { Reader } from '../base/reader.ts';
import { only } from '../base/rows.ts';
import type { Transaction } from '../base/transaction.ts';
import { notFound } from '../errors.ts';
import { type ChangeContext, entryOf } from '../ledger/change-context.ts';

/** A variable as it is stored: only whoever has the key can show its value. */
export type StoredVariable = Omit<Variable, 'value' | 'updatedAt'> & {
  /** The row that the value is sealed to. */
  versionId: string;
  sealedValue: Buffer;
  updatedAt: Date;
};

const COLUMNS = `id, version_id as "versionId", scope, scope_id as "scopeId", name, secret, sealed_value as "sealedValue",
  from_revision as revision, updated_at as "updatedAt"`;

/** The table that a scope's id is one of. */
const SCOPE_TABLES = {
  application: 'application',
  stage: '(select * from stage where deleted_at is null) s',
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
  seal: (versionId: string) => Uint8Array | Promise<Uint8Array>;
  /** Whether what is stored is this value already: then nothing changes. */
  isSame: (current: StoredVariable) => boolean | Promise<boolean>;
  /** What the ledger says about the value: the value itself, or a digest when it is secret. */
  ledgerValue: JsonValue;
};

/**
 * Changes of an organization's variables wait for each other here, so that whoever reads a revision sees all changes up to it.
 * @returns the revision that the next change makes
 */
async function lockRevision(tx: Transaction, organizationId: string): Promise<number> {
  const rows = await tx.query<{ next: number }>('select variables_revision + 1 as next from organization where id = $1 for no key update', [
    organizationId,
  ]);
  return only(rows).next;
}

function raiseRevision(tx: Transaction, organizationId: string, revision: number): Promise<number> {
  return tx.execute('update organization set variables_revision = $2 where id = $1', [organizationId, revision]);
}

const closeVersion = 'update variable_version set to_revision = $2 where variable_id = $1 and to_revision is null';

/**
 * Sets a variable at one layer; setting it again replaces its value, from the next revision of the organization's variables on. Rollouts that
 * were created before keep the value they started with.
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
  const revision = await lockRevision(tx, organizationId);
  const [existing] = await tx.query<StoredVariable>(
    `select ${COLUMNS} from variable where organization_id = $1 and scope = $2 and scope_id = $3 and name = $4`,
    [organizationId, scope, scopeId, name],
  );
  if (existing !== undefined && existing.secret === secret && (await input.isSame(existing))) return existing;
  await raiseRevision(tx, organizationId, revision);
  if (existing !== undefined) await tx.execute(closeVersion, [existing.id, revision]);
  const id = existing?.id ?? tx.uuid();
  const versionId = tx.uuid();
  await tx.execute(
    `insert into variable_version (id, organization_id, variable_id, scope, scope_id, name, secret, sealed_value, from_revision, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [versionId, organizationId, id, scope, scopeId, name, secret, Buffer.from(await input.seal(versionId)), revision, tx.now],
  );
  const row = only(await tx.query<StoredVariable>(`select ${COLUMNS} from variable where id = $1`, [id]));
  const after = { scope, scopeId, name, secret, value: input.ledgerValue, revision };
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

/**
 * Takes a variable from its layer, from the next revision on.
 * @throws StoreError NOT_FOUND
 */
export async function removeVariable(tx: Transaction, organizationId: string, variableId: string, context: ChangeContext): Promise<void> {
  const revision = await lockRevision(tx, organizationId);
  const [row] = await tx.query<Pick<StoredVariable, 'scope' | 'scopeId' | 'name' | 'secret'>>(
    'select scope, scope_id as "scopeId", name, secret from variable where organization_id = $1 and id = $2',
    [organizationId, variableId],
  );
  if (row === undefined) throw notFound('variable', variableId);
  await raiseRevision(tx, organizationId, revision);
  await tx.execute(closeVersion, [variableId, revision]);
  const target = { kind: 'variable', id: variableId, name: row.name } as const;
  await tx.record(entryOf(organizationId, context, { action: 'variable.removed', target, before: { ...row }, after: { revision } }));
  await tx.changed(organizationId, 'variable', [variableId]);
}
