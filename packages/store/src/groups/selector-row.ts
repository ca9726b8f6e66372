import type { Requirement, Selector } from '@sluice/selector';
import type { Transaction } from '../base/transaction.ts';

/** A selector that was read, and the text it was read from. */
export type NamedSelector = { text: string; selector: Selector };

/**
 * A selector as SQL compares with it (columns of `device_group_selector`). What labels can answer with one operator is sorted by operator, and
 * `required` by the index over labels; the rest is compared condition by condition. Nothing of a selector ever becomes text of a statement.
 */
export type SelectorRow = {
  /** JSON: labels that a device has; null: none. */
  required: string | null;
  present: string[];
  absent: string[];
  /** JSON, each an object with one label. */
  excluded: string[];
  /** The same; of these a device has one. Empty: no such requirement. */
  allowed: string[];
  /** JSON; null: none. */
  conditions: string | null;
};

/** A requirement that is compared by itself. */
type Condition = Exclude<Requirement, { kind: 'age' }> | { kind: 'age'; comparison: string; seconds: number };

const label = (key: string, value: string): string => JSON.stringify({ [key]: value });

/** Sorts the requirements of a selector by how SQL answers them. */
export function toSelectorRow(selector: Selector): SelectorRow {
  const required = new Map<string, string>();
  const conditions: Condition[] = [];
  const row: Pick<SelectorRow, 'present' | 'absent' | 'excluded' | 'allowed'> = { present: [], absent: [], excluded: [], allowed: [] };
  for (const requirement of selector) {
    if (requirement.kind === 'age') conditions.push({ ...requirement, seconds: requirement.ageMs / 1000 });
    else if (requirement.key.startsWith('@')) conditions.push(requirement);
    else if (!placeByOperator(requirement, row, required)) conditions.push(requirement);
  }
  return {
    ...row,
    required: required.size === 0 ? null : JSON.stringify(Object.fromEntries(required)),
    conditions: conditions.length === 0 ? null : JSON.stringify(conditions),
  };
}

/** @returns false when no operator over all labels answers the requirement, or when the place for it is taken */
function placeByOperator(
  requirement: Exclude<Requirement, { kind: 'age' }>,
  row: Pick<SelectorRow, 'present' | 'absent' | 'excluded' | 'allowed'>,
  required: Map<string, string>,
): boolean {
  const { key } = requirement;
  switch (requirement.kind) {
    case 'exists':
      row.present.push(key);
      return true;
    case 'absent':
      row.absent.push(key);
      return true;
    case 'not_in':
      row.excluded.push(...requirement.values.map((value) => label(key, value)));
      return true;
    case 'compare':
      return false;
    case 'in': {
      const [first = '', ...others] = requirement.values;
      if (others.length === 0 && !required.has(key)) required.set(key, first);
      else if (row.allowed.length === 0) row.allowed = requirement.values.map((value) => label(key, value));
      else return false;
      return true;
    }
    default:
      return requirement satisfies never;
  }
}

/** The row as parameters of a statement, for `selectorFromParameters`. */
export function selectorParameters({ required, present, absent, excluded, allowed, conditions }: SelectorRow): unknown[] {
  return [required, present, absent, excluded, allowed, conditions];
}

/** SQL: the columns of a selector from six parameters, of which the first is `$<first>`. */
export function selectorFromParameters(first: number): string {
  const types = {
    required: 'jsonb',
    present: 'text[]',
    absent: 'text[]',
    excluded: 'text[]::jsonb[]',
    allowed: 'text[]::jsonb[]',
    conditions: 'jsonb',
  };
  return Object.entries(types)
    .map(([column, type], index) => `$${first + index}::${type} as ${column}`)
    .join(', ');
}

const COLUMNS = 'required, present, absent, excluded, allowed, conditions';

/** Gives a group this selector, in place of the one it may have. */
export async function setSelector(
  tx: Transaction,
  organizationId: string,
  groupId: string,
  { text, selector }: NamedSelector,
): Promise<void> {
  await tx.execute('DELETE FROM device_group_selector WHERE group_id = $1', [groupId]);
  await tx.execute(
    `INSERT INTO device_group_selector (group_id, organization_id, text, ${COLUMNS})
     SELECT $1, $2, $3, ${COLUMNS} FROM (SELECT ${selectorFromParameters(4)}) s`,
    [groupId, organizationId, text, ...selectorParameters(toSelectorRow(selector))],
  );
}
