import type { PolicyFinding } from '@sluice/contracts';
import type { Appearance } from '../../ui/tone.ts';

/** What findings come to: something that stops, something to know, something that somebody decided to live with. */
export const findingGroups = ['block', 'warn', 'waived'] as const;
export type FindingGroup = (typeof findingGroups)[number];

export const findingAppearances: Readonly<Record<FindingGroup, Appearance>> = {
  block: { label: 'Blocks', tone: 'bad' },
  warn: { label: 'Warning', tone: 'warn' },
  waived: { label: 'Waived', tone: 'idle' },
};

/** Where a finding stands: one with a waiver stops nobody, whatever its severity. */
export function groupOf({ severity, waiver }: Pick<PolicyFinding, 'severity' | 'waiver'>): FindingGroup {
  return waiver === undefined ? severity : 'waived';
}

/** Findings of one rule in one group. */
export type RuleFindings = { rule: PolicyFinding['rule']; group: FindingGroup; why: string; findings: PolicyFinding[] };

/** Gravest first, rules in the order of the report. */
export function groupFindings(findings: readonly PolicyFinding[]): RuleFindings[] {
  const found = new Map<string, RuleFindings>();
  for (const finding of findings) {
    const group = groupOf(finding);
    const key = `${group} ${finding.rule}`;
    const entry = found.get(key) ?? { rule: finding.rule, group, why: finding.why, findings: [] };
    entry.findings.push(finding);
    found.set(key, entry);
  }
  return [...found.values()].sort((left, right) => findingGroups.indexOf(left.group) - findingGroups.indexOf(right.group));
}

/** `http_in_without_authentication` → `Http in without authentication`. */
export function ruleWords(rule: string): string {
  const words = rule.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
