import type { FactKey } from './facts.ts';

/** The key of a label, or of a fact: those begin with `@`, which no label does. */
export type SelectorKey = string;

export const comparisons = ['<', '<=', '>', '>='] as const;
export type Comparison = (typeof comparisons)[number];

/**
 * One condition of a selector.
 * - `in`, `not_in`: the value is (not) one of these. `not_in` also holds without the key, as in Kubernetes.
 * - `compare`: the value is a number or a version, and lies on this side of the bound (in the form of `versionOrder`).
 * - `age`: how long the device was not seen. A device that never was counts as unseen for ever.
 */
export type Requirement =
  | { kind: 'exists' | 'absent'; key: SelectorKey }
  | { kind: 'in' | 'not_in'; key: SelectorKey; values: readonly string[] }
  | { kind: 'compare'; key: SelectorKey; comparison: Comparison; bound: string }
  | { kind: 'age'; comparison: Comparison; ageMs: number };

/** Conditions that all hold. There are no alternatives but those of `in`, as in Kubernetes. */
export type Selector = readonly Requirement[];

/** A device, as a selector sees it. Null: not known, or not reported. `unseenMs`: since it was last seen; null: it never was. */
export type SelectorSubject = {
  labels: Readonly<Record<string, string>>;
  facts: Readonly<Record<FactKey, string | null>>;
  unseenMs: number | null;
};

/** What bounds a selector: characters of the text, requirements, and values of all requirements together. */
export const selectorLimits = { characters: 2000, requirements: 32, values: 200 } as const;
