import type { PolicyRuleName, PolicySettings, RuleSeverity } from '@sluice/contracts';

/** The lists of a layer that people write line by line. */
export const policyLists = ['allowedModules', 'registries', 'deniedLicences'] as const;
export type PolicyList = (typeof policyLists)[number];

/** A rule set here to a severity, or (null) left as the layer above says. */
export function withRule(settings: PolicySettings, rule: PolicyRuleName, severity: RuleSeverity | null): PolicySettings {
  const { [rule]: _former, ...others } = settings.rules ?? {};
  const rules = severity === null ? others : { ...others, [rule]: severity };
  const { rules: _all, ...rest } = settings;
  return Object.keys(rules).length === 0 ? rest : { ...rest, rules };
}

/** A list set here, line by line; nothing written: as the layer above says. */
export function withList(settings: PolicySettings, list: PolicyList, text: string): PolicySettings {
  const items = [...new Set(text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()])))];
  const { [list]: _former, ...rest } = settings;
  return items.length === 0 ? rest : { ...rest, [list]: items };
}
