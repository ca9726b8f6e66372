/**
 * Who of the waiting devices the disruption budgets let through now. INVARIANTS
 * - A device counts as unavailable from the offer until its deployment has ended, and while it is unhealthy: offers reserve (10).
 * - Whoever offers holds the organization's lock from the start of the transaction: two rollouts never use the same room.
 * - Who is unavailable already takes no more room by being changed: a sick device can always get what may heal it.
 * - Of several budgets over one device all must have room. Devices are taken in one order, so that somebody always goes on.
 */
import { offeredDeploymentStates } from '@sluice/rollout';
import type { Transaction } from '../base/transaction.ts';

/**
 * SQL: for each budget of the organization and each value of its label how many devices it may still take. Budgets in percent count their
 * devices; the others never look at those that are well.
 * CTEs `unavailable (device_id)`, `budget_use (budget_id, value, unavailable)`, `budget_size (budget_id, value, devices)`.
 * @param organization the place of the organization's id
 */
export function budgetUse(organization: string): string {
  const states = offeredDeploymentStates.map((state) => `'${state}'`).join(', ');
  const value = `coalesce(v.labels ->> b.per_label, '')`;
  return `
  unavailable AS (
    SELECT a.device_id FROM deployment a WHERE a.organization_id = ${organization} AND a.state IN (${states})
    UNION
    SELECT o.device_id FROM device_observed o WHERE o.organization_id = ${organization} AND o.health = 'unhealthy'),
  budget_use AS (
    SELECT b.id AS budget_id, ${value} AS value, count(*)::int AS unavailable
      FROM unavailable u
      JOIN device v ON v.id = u.device_id AND v.approval = 'approved'
      JOIN disruption_budget b ON b.organization_id = v.organization_id AND v.labels @> b.match_labels
     GROUP BY 1, 2),
  budget_size AS (
    SELECT b.id AS budget_id, ${value} AS value, count(*)::int AS devices
      FROM disruption_budget b
      JOIN device v ON v.organization_id = b.organization_id AND v.approval = 'approved' AND v.labels @> b.match_labels
     WHERE b.organization_id = ${organization} AND b.unit = 'percent'
     GROUP BY 1, 2)`;
}

/** SQL: how many devices of a value of a budget `b` may be unavailable; `z` is its row of `budget_size`. */
export const budgetLimit = `
  CASE b.unit WHEN 'percent' THEN greatest(1, b.maximum_unavailable * coalesce(z.devices, 0) / 100) ELSE b.maximum_unavailable END`;

/** SQL: which share of a budget `b` with a label a device `v` belongs to, as people read it; null: the budget has no label. */
export const budgetShare = `
  CASE WHEN b.per_label IS NULL THEN NULL ELSE coalesce(v.labels ->> b.per_label, 'without ' || b.per_label) END`;

/**
 * CTE `held (id, budget, share)`: deployments of the CTE `candidate (id, device_id)` that a budget does not let through now, with its name.
 * @param organization the place of the organization's id
 */
export function heldByBudgets(organization: string): string {
  return `
  ${budgetUse(organization)},
  concerned AS (
    SELECT c.id, b.id AS budget_id, b.name AS budget, ${budgetShare} AS share,
           ${budgetLimit} - coalesce(s.unavailable, 0) AS room, coalesce(v.labels ->> b.per_label, '') AS value
      FROM candidate c
      JOIN device v ON v.id = c.device_id
      JOIN disruption_budget b ON b.organization_id = v.organization_id AND v.labels @> b.match_labels
      LEFT JOIN budget_use s ON s.budget_id = b.id AND s.value = coalesce(v.labels ->> b.per_label, '')
      LEFT JOIN budget_size z ON z.budget_id = b.id AND z.value = coalesce(v.labels ->> b.per_label, '')
     WHERE c.device_id NOT IN (SELECT device_id FROM unavailable)),
  full_for AS (SELECT DISTINCT id FROM concerned WHERE room <= 0),
  ranked AS (
    SELECT k.id, k.budget, k.share, k.room, row_number() OVER (PARTITION BY k.budget_id, k.value ORDER BY k.id) AS place
      FROM concerned k WHERE k.id NOT IN (SELECT id FROM full_for)),
  held AS (
    SELECT id, budget, share FROM concerned WHERE room <= 0
    UNION ALL
    SELECT id, budget, share FROM ranked WHERE place > room)`;
}

/** Whether the organization has budgets at all: without one, none of this is asked. */
export const hasBudgets = (organization: string): string =>
  `EXISTS (SELECT 1 FROM disruption_budget b WHERE b.organization_id = ${organization})`;

/** Only one transaction at a time uses the room of an organization's budgets. Before any other lock, so that transactions never wait in a ring. */
export async function lockBudgets(tx: Transaction, rolloutId: string): Promise<void> {
  await tx.query(
    `SELECT pg_advisory_xact_lock(hashtextextended('disruption budgets of ' || r.organization_id, 0))
       FROM rollout r WHERE r.id = $1 AND ${hasBudgets('r.organization_id')}`,
    [rolloutId],
  );
}
