import { qualifiedRelease, selectorFacts } from './facts.ts';
import type { Comparison, Requirement, Selector, SelectorSubject } from './selector.ts';
import { versionOrder } from './version-order.ts';

function lookUp(subject: SelectorSubject, key: string): string | null {
  const values: Readonly<Record<string, string | null>> = key.startsWith('@') ? subject.facts : subject.labels;
  return Object.hasOwn(values, key) ? (values[key] ?? null) : null;
}

function isOn<T extends string | number>(value: T, comparison: Comparison, bound: T): boolean {
  switch (comparison) {
    case '<':
      return value < bound;
    case '<=':
      return value <= bound;
    case '>':
      return value > bound;
    case '>=':
      return value >= bound;
    default:
      return comparison satisfies never;
  }
}

function holds(requirement: Requirement, subject: SelectorSubject): boolean {
  if (requirement.kind === 'age') return isOn(subject.unseenMs ?? Number.POSITIVE_INFINITY, requirement.comparison, requirement.ageMs);
  const value = requirement.key === '@seen' ? subject.unseenMs : lookUp(subject, requirement.key);
  switch (requirement.kind) {
    case 'exists':
      return value !== null;
    case 'absent':
      return value === null;
    case 'in':
      return value !== null && requirement.values.includes(String(value));
    case 'not_in':
      return value === null || !requirement.values.includes(String(value));
    case 'compare': {
      const order = value === null ? null : versionOrder(String(value));
      return order !== null && isOn(order, requirement.comparison, requirement.bound);
    }
    default:
      return requirement satisfies never;
  }
}

/** Whether a device fulfils every requirement. The database answers the same for many devices at once. */
export function matchesSelector(selector: Selector, subject: SelectorSubject): boolean {
  return selector.every((requirement) => holds(requirement, subject));
}

const noFacts = Object.fromEntries([...Object.keys(selectorFacts), qualifiedRelease].map((key) => [key, null])) as SelectorSubject['facts'];

/** Whether labels alone fulfil every requirement. */
export function matchesLabels(selector: Selector, labels: SelectorSubject['labels']): boolean {
  return matchesSelector(selector, { labels, facts: noFacts, unseenMs: null });
}
