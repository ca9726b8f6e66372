import { PolicyError } from './policy-error.ts';
import { ruleNames } from './rules.ts';

/** Someone's decision to live with what a rule finds. */
export type Waiver = {
  rule: string;
  /** The `subject` of a finding, or its part before `#`: then everything that the rule finds about that. Left out: whatever the rule finds. */
  subject?: string;
  /** Why it is acceptable; for whoever reads it in a year. */
  reason: string;
  /** Who decided. */
  by: string;
  /** When, ISO-8601. */
  at: string;
};

/**
 * Refuses a waiver that does not say what for, why, by whom and when.
 * @throws {PolicyError} WAIVER_REFUSED
 */
export function checkWaiver(waiver: Waiver, pointer = ''): void {
  if (!ruleNames.some((name) => name === waiver.rule)) throw refused('it names no rule that exists', `${pointer}/rule`);
  if (waiver.subject !== undefined && waiver.subject.trim() === '') {
    throw refused('its subject is empty; leave it out to waive the whole rule', `${pointer}/subject`);
  }
  if (waiver.reason.trim() === '') throw refused('it gives no reason', `${pointer}/reason`);
  if (waiver.by.trim() === '') throw refused('it does not say who decided', `${pointer}/by`);
  if (Number.isNaN(Date.parse(waiver.at))) throw refused('it does not say when it was decided', `${pointer}/at`);
}

/** The waiver for something that a rule found; the most exact one when there are several. `whole`: the subject without its place. */
export function waiverFor(waivers: readonly Waiver[], rule: string, subject: string, whole: string): Waiver | undefined {
  const applying = waivers.filter((waiver) => waiver.rule === rule);
  return (
    applying.find((waiver) => waiver.subject === subject) ??
    applying.find((waiver) => waiver.subject === whole) ??
    applying.find((waiver) => waiver.subject === undefined)
  );
}

function refused(why: string, pointer: string): PolicyError {
  return new PolicyError('WAIVER_REFUSED', `A waiver is refused: ${why}.`, pointer);
}
