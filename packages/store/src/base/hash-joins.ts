import type { Transaction } from './transaction.ts';

/** From so many rows on a join of all pairs would cost more than the two statements around it. */
const rowsMin = 100;

/**
 * Has the statements of `work`, which join about so many rows that they get as lists of ids, planned without nested loops. Statistics never know
 * rows that are seconds old: the planner takes thousands of them for one, and pairs all with all. Read tables in `work` by `= ANY(list)`.
 */
export async function withHashJoins<T>(tx: Transaction, rows: number, work: () => Promise<T>): Promise<T> {
  if (rows < rowsMin) return work();
  await tx.execute('SET LOCAL enable_nestloop = off');
  const result = await work();
  await tx.execute('SET LOCAL enable_nestloop TO DEFAULT');
  return result;
}
