import type { EffectivePolicy, PolicyRuleName, PolicySettings, RuleSeverity } from '@sluice/contracts';
import type { PolicyOptions } from './check-policies.ts';
import { defaultPolicyLimits } from './rule-input.ts';
import { policyRules } from './rules.ts';

/** The policy where nobody says otherwise. */
function defaultPolicy(): EffectivePolicy {
  const rules = Object.fromEntries(policyRules.map(({ rule, defaultSeverity }) => [rule, defaultSeverity]));
  return {
    rules: rules as Record<PolicyRuleName, RuleSeverity>,
    allowedModules: null,
    registries: null,
    deniedLicences: null,
    exactVersions: false,
    routesAreProtected: false,
    limits: { ...defaultPolicyLimits },
  };
}

/**
 * What holds where all these layers do; the later ones win. Severities and limits are taken one by one, a list as a whole.
 * @param layers from the organization's on
 */
export function effectivePolicy(layers: readonly PolicySettings[]): EffectivePolicy {
  let policy = defaultPolicy();
  for (const { rules, limits, ...rest } of layers) {
    policy = {
      ...policy,
      ...given(rest),
      rules: { ...policy.rules, ...given(rules ?? {}) },
      limits: { ...policy.limits, ...given(limits ?? {}) },
    };
  }
  return policy;
}

/** A policy as the rules want it. */
export function policyOptions(policy: EffectivePolicy): PolicyOptions {
  const { rules, limits, exactVersions, routesAreProtected, allowedModules, registries, deniedLicences } = policy;
  return {
    rules,
    limits,
    exactVersions,
    routesAreProtected,
    ...(allowedModules === null ? {} : { allowedModules }),
    ...(registries === null ? {} : { registries }),
    ...(deniedLicences === null ? {} : { deniedLicences }),
  };
}

/** Without members that are undefined, which would hide those of the layer above. */
function given<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as never;
}
