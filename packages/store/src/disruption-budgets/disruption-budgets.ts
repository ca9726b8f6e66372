import type {
  DisruptionBudget,
  DisruptionBudgetDetail,
  DisruptionBudgetRequest,
  DisruptionBudgetUse,
  Page,
  PageQuery,
} from '@sluice/contracts';
import { pageById } from '../base/paging.ts';
import type { Reader } from '../base/reader.ts';
import { iso } from '../base/rows.ts';
import type { Transaction } from '../base/transaction.ts';
import { notFound, StoreError, versionStale } from '../errors.ts';
import { type ChangeContext, entryOf } from '../ledger/change-context.ts';
import { budgetLimit, budgetUse } from './within-budgets.ts';

type Row = {
  id: string;
  name: string;
  matchLabels: Record<string, string>;
  perLabel: string | null;
  count: number;
  unit: DisruptionBudget['maximumUnavailable']['unit'];
  createdAt: Date;
  version: number;
};

const budgets = `
  SELECT b.id, b.name, b.match_labels AS "matchLabels", b.per_label AS "perLabel", b.maximum_unavailable AS count, b.unit,
         b.created_at AS "createdAt", b.version
    FROM disruption_budget b`;

const usesMax = 1_000;

function toBudget({ count, unit, createdAt, ...row }: Row): DisruptionBudget {
  return { ...row, maximumUnavailable: { count, unit }, createdAt: iso(createdAt) };
}

function columnsOf(input: DisruptionBudgetRequest): unknown[] {
  const { name, matchLabels = {}, perLabel = null, maximumUnavailable } = input;
  if (maximumUnavailable.unit === 'percent' && maximumUnavailable.count > 100) {
    throw new StoreError('VALIDATION_FAILED', 'A budget of more than 100 percent limits nothing: give at most 100.');
  }
  return [name, JSON.stringify(matchLabels), perLabel, maximumUnavailable.count, maximumUnavailable.unit];
}

const told = ({ name, matchLabels, perLabel, maximumUnavailable }: DisruptionBudget) => ({
  name,
  matchLabels,
  perLabel,
  maximumUnavailable,
});

/** @throws StoreError NAME_TAKEN, VALIDATION_FAILED */
export async function createDisruptionBudget(
  tx: Transaction,
  organizationId: string,
  input: DisruptionBudgetRequest,
  context: ChangeContext,
): Promise<DisruptionBudget> {
  const id = tx.uuid();
  await tx.execute(
    `INSERT INTO disruption_budget (id, organization_id, name, match_labels, per_label, maximum_unavailable, unit, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [id, organizationId, ...columnsOf(input), tx.now],
  );
  const budget = await findBudget(tx, organizationId, id);
  await tell(tx, organizationId, { action: 'disruption_budget.created', budget }, context);
  return budget;
}

/** @throws StoreError NOT_FOUND, VERSION_STALE, NAME_TAKEN, VALIDATION_FAILED */
export async function replaceDisruptionBudget(
  tx: Transaction,
  organizationId: string,
  change: { budgetId: string; version: number | null; budget: DisruptionBudgetRequest },
  context: ChangeContext,
): Promise<DisruptionBudget> {
  const before = await findBudget(tx, organizationId, change.budgetId, 'FOR UPDATE');
  if (change.version !== null && change.version !== before.version) throw versionStale('disruption budget', before.id, before.version);
  await tx.execute(
    `UPDATE disruption_budget SET name = $2, match_labels = $3, per_label = $4, maximum_unavailable = $5, unit = $6, version = version + 1
      WHERE id = $1`,
    [change.budgetId, ...columnsOf(change.budget)],
  );
  const budget = await findBudget(tx, organizationId, change.budgetId);
  await tell(tx, organizationId, { action: 'disruption_budget.changed', budget, before }, context);
  return budget;
}

/** @throws StoreError NOT_FOUND */
export async function deleteDisruptionBudget(
  tx: Transaction,
  organizationId: string,
  budgetId: string,
  context: ChangeContext,
): Promise<void> {
  const before = await findBudget(tx, organizationId, budgetId, 'FOR UPDATE');
  await tx.execute('DELETE FROM disruption_budget WHERE id = $1', [budgetId]);
  await tell(tx, organizationId, { action: 'disruption_budget.deleted', budget: null, before }, context);
}

/** Newest first. */
export async function listDisruptionBudgets(reader: Reader, organizationId: string, query: PageQuery): Promise<Page<DisruptionBudget>> {
  const page = await pageById(query, ({ before, limit }) =>
    reader.query<Row>(`${budgets} WHERE b.organization_id = $1 AND ($2::uuid IS NULL OR b.id < $2) ORDER BY b.id DESC LIMIT $3`, [
      organizationId,
      before,
      limit,
    ]),
  );
  return { ...page, items: page.items.map(toBudget) };
}

/**
 * One budget with what is used of it now, the fullest values of its label first.
 * @throws StoreError NOT_FOUND
 */
export async function getDisruptionBudget(reader: Reader, organizationId: string, budgetId: string): Promise<DisruptionBudgetDetail> {
  const budget = await findBudget(reader, organizationId, budgetId);
  const use = await reader.query<DisruptionBudgetUse>(
    `WITH ${budgetUse('$1')},
     member AS (
       SELECT b.id AS budget_id, coalesce(v.labels ->> b.per_label, '') AS value, count(*)::int AS devices
         FROM disruption_budget b
         JOIN device v ON v.organization_id = b.organization_id AND v.approval = 'approved' AND v.labels @> b.match_labels
        WHERE b.id = $2 GROUP BY 1, 2)
     SELECT nullif(m.value, '') AS value, m.devices, coalesce(s.unavailable, 0) AS unavailable, ${budgetLimit} AS allowed
       FROM member m JOIN disruption_budget b ON b.id = m.budget_id
       LEFT JOIN budget_use s ON s.budget_id = b.id AND s.value = m.value
       LEFT JOIN budget_size z ON z.budget_id = b.id AND z.value = m.value
      ORDER BY ${budgetLimit} - coalesce(s.unavailable, 0), m.value LIMIT ${usesMax}`,
    [organizationId, budgetId],
  );
  return { ...budget, use };
}

async function findBudget(reader: Reader, organizationId: string, budgetId: string, lock = ''): Promise<DisruptionBudget> {
  const [row] = await reader.query<Row>(`${budgets} WHERE b.organization_id = $1 AND b.id = $2 ${lock}`, [organizationId, budgetId]);
  if (row === undefined) throw notFound('disruption budget', budgetId);
  return toBudget(row);
}

type Change = {
  action: 'disruption_budget.created' | 'disruption_budget.changed' | 'disruption_budget.deleted';
  budget: DisruptionBudget | null;
  before?: DisruptionBudget;
};

async function tell(tx: Transaction, organizationId: string, { action, budget, before }: Change, context: ChangeContext): Promise<void> {
  const subject = budget ?? before;
  if (subject === undefined) return;
  await tx.record(
    entryOf(organizationId, context, {
      action,
      target: { kind: 'disruption_budget', id: subject.id, name: subject.name },
      ...(before === undefined ? {} : { before: told(before) }),
      ...(budget === null ? {} : { after: told(budget) }),
    }),
  );
  await tx.changed(organizationId, 'disruption_budget', [subject.id]);
}
