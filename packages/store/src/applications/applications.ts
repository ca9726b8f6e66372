import type { Application, CreateApplicationRequest, Page, PageQuery } from '@sluice/contracts';

import { pageById } from '../base/paging.ts';
import { prepared } from '../base/prepared.ts';
import type { Reader } from '../base/reader.ts';
import { iso, only } from '../base/rows.ts';
import type { Transaction } from '../base/transaction.ts';
import { notFound } from '../errors.ts';
import { type ChangeContext, entryOf } from '../ledger/change-context.ts';

type Row = { id: string; name: string; description: string; createdAt: Date; version: number };

const COLUMNS = 'id, name, description, created_at as "createdAt", version';

function toApplication(row: Row): Application {
  return { ...row, createdAt: iso(row.createdAt) };
}

/** @throws StoreError NAME_TAKEN */
export async function createApplication(
  tx: Transaction,
  organizationId: string,
  input: CreateApplicationRequest,
  context: ChangeContext,
): Promise<Application> {
  const id = tx.uuid();
  const { name, description = '' } = input;
  const rows = await tx.query<Row>(
    `insert into application (id, organization_id, name, description, created_at) values ($1, $2, $3, $4, $5) returning ${COLUMNS}`,
    [id, organizationId, name, description, tx.now],
  );
  const target = { kind: 'application', id, name } as const;
  await tx.record(entryOf(organizationId, context, { action: 'application.created', target, after: { name, description } }));
  await tx.changed(organizationId, 'application', [id]);
  return toApplication(only(rows));
}

/** Newest first. */
export async function listApplications(reader: Reader, organizationId: string, query: PageQuery): Promise<Page<Application>> {
  const page = await pageById(query, ({ before, limit }) =>
    reader.query<Row>(
      `select ${COLUMNS} from application where organization_id = $1 and ($2::uuid is null or id < $2) order by id desc limit $3`,
      [organizationId, before, limit],
    ),
  );
  return { ...page, items: page.items.map(toApplication) };
}

/** @throws StoreError NOT_FOUND */
export async function getApplication(reader: Reader, organizationId: string, applicationId: string): Promise<Application> {
  const [row] = await reader.query<Row>(`select ${COLUMNS} from application where organization_id = $1 and id = $2`, [
    organizationId,
    applicationId,
  ]);
  if (row === undefined) throw notFound('application', applicationId);
  return toApplication(row);
}

const takeFrom = (column: string): string =>
  prepared(`update application set ${column} = ${column} + 1 where organization_id = $1 and id = $2 returning ${column} as number`);
const TAKE_NUMBER = { snapshot: takeFrom('last_snapshot_number'), release: takeFrom('last_release_counter') } as const;

/**
 * Takes the next number of an application. Its row stays locked until the end of the transaction, so numbers have no gaps and no doubles.
 * @throws StoreError NOT_FOUND
 */
export async function takeNumber(
  tx: Transaction,
  organizationId: string,
  applicationId: string,
  what: 'snapshot' | 'release',
): Promise<number> {
  const [row] = await tx.query<{ number: number }>(TAKE_NUMBER[what], [organizationId, applicationId]);
  if (row === undefined) throw notFound('application', applicationId);
  return row.number;
}
