import type { PromotionBlockerCode } from '@sluice/contracts';

/** Why a release does not go into a stage now. Times are milliseconds since 1970. */
export interface PromotionBlocker {
  readonly code: PromotionBlockerCode;
  readonly sentence: string;
  readonly unblock: string;
  /** When it ends by itself; null: when something else happens. */
  readonly until: number | null;
  /** The names that the sentence is about. */
  readonly about: readonly string[];
  readonly numbers: Readonly<Record<string, number>>;
}

type More = { readonly until?: number | null; readonly about?: readonly string[]; readonly numbers?: Readonly<Record<string, number>> };

const nothing: readonly string[] = [];
const noNumbers: Readonly<Record<string, number>> = {};

/** Says why, and what would change it. */
export function blocker(code: PromotionBlockerCode, sentence: string, unblock: string, more: More = {}): PromotionBlocker {
  return { code, sentence, unblock, until: more.until ?? null, about: more.about ?? nothing, numbers: more.numbers ?? noNumbers };
}
