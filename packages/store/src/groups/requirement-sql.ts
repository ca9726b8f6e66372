import type { Requirement, Selector } from '@sluice/selector';
import { versionOrderSql } from './membership.ts';

/** Takes a parameter and gives its place: `$3`. */
export type Next = (value: unknown) => string;

/** SQL: whether a value fulfils a requirement. Never null: what is not known fulfils what asks for its absence alone. */
export function requirementSql(requirement: Exclude<Requirement, { kind: 'age' }>, value: string, next: Next): string {
  switch (requirement.kind) {
    case 'exists':
      return `${value} IS NOT NULL`;
    case 'absent':
      return `${value} IS NULL`;
    case 'in':
      return `coalesce(${value} = ANY(${next(requirement.values)}::text[]), false)`;
    case 'not_in':
      return `NOT coalesce(${value} = ANY(${next(requirement.values)}::text[]), false)`;
    case 'compare':
      return `coalesce((${versionOrderSql(value)}) COLLATE "C" ${requirement.comparison} ${next(requirement.bound)}, false)`;
    default:
      return requirement satisfies never;
  }
}

/** SQL: whether the labels in a column fulfil a selector that asks for labels alone. */
export function labelsSql(column: string, selector: Selector, next: Next): string {
  const conditions = selector.map((requirement) => {
    if (requirement.kind === 'age') throw new Error('labels have no age');
    return requirementSql(requirement, `(${column} ->> ${next(requirement.key)}::text)`, next);
  });
  return conditions.join(' AND ');
}
