import type { PolicyRuleName } from '@sluice/contracts';
import { certificateRules } from './certificate-rules.ts';
import { connectionRules } from './connection-rules.ts';
import { errorRules } from './error-rules.ts';
import { groupRules } from './group-rules.ts';
import { lintRules } from './lint-rules.ts';
import { moduleRules } from './module-rules.ts';
import { privilegeRules } from './privilege-rules.ts';
import { riskRules } from './risk-rules.ts';
import { routeRules } from './route-rules.ts';
import type { PolicySeverity, Rule } from './rule.ts';
import { secretRules } from './secret-rules.ts';
import { sizeRules } from './size-rules.ts';
import { sourceRules } from './source-rules.ts';
import { variableRules } from './variable-rules.ts';

/** Grows by one when a rule is added, or finds something else than before: reports say which one made them. */
export const policyRulesVersion = 1;

/** Every rule, in the order of findings. To add one, put it into the file of its family, into `policyRuleNames` of the contracts and into docs/policies.md. */
const table = {
  ...secretRules,
  ...privilegeRules,
  ...certificateRules,
  ...connectionRules,
  ...routeRules,
  ...groupRules,
  ...moduleRules,
  ...sourceRules,
  ...riskRules,
  ...variableRules,
  ...errorRules,
  ...sizeRules,
  ...lintRules,
} as const satisfies Readonly<Record<PolicyRuleName, Rule>>;

export type PolicyRule = keyof typeof table;

export const ruleTable: Readonly<Record<PolicyRule, Rule>> = table;

export const ruleNames = Object.keys(table) as readonly PolicyRule[];

/** A rule as lists and settings show it. */
export type PolicyRuleDescription = { rule: PolicyRule; title: string; why: string; defaultSeverity: PolicySeverity };

/** Every rule, for lists and settings. */
export const policyRules: readonly PolicyRuleDescription[] = ruleNames.map((rule) => {
  const { title, why, defaultSeverity } = ruleTable[rule];
  return { rule, title, why, defaultSeverity };
});
