import type { PolicySettings, PolicySettingsView, SetPolicySettingsRequest } from '@sluice/contracts';
import { usageError } from '../../errors.ts';
import { defineVerb } from '../../frame/define.ts';
import { repeatedText, text } from '../../frame/parameters.ts';
import { readDocument } from '../../input/document.ts';
import { resolvePolicyLayer } from '../../resolve/policies.ts';
import { layerParameters, printLayer } from './layer.ts';

/** The rules of a layer with `exec=block` or, to say nothing any more, `exec=inherit` carried out. */
export function changedRules(rules: PolicySettings['rules'], changes: readonly string[]): NonNullable<PolicySettings['rules']> {
  const changed = new Map<string, string>(Object.entries(rules ?? {}));
  for (const change of changes) {
    const [, rule, severity] = /^([a-z_]+)=(off|warn|block|inherit)$/.exec(change) ?? [];
    if (rule === undefined || severity === undefined) {
      throw usageError(`--rule takes <rule>=off, warn, block or inherit, not "${change}".`, 'See the rules with: sluice policy rules');
    }
    if (severity === 'inherit') changed.delete(rule);
    else changed.set(rule, severity);
  }
  // The control plane checks the names.
  return Object.fromEntries(changed) as NonNullable<PolicySettings['rules']>;
}

export const policySet = defineVerb({
  summary: 'Set severities, or everything that a layer says',
  more: `Examples:
  sluice policy set --rule exec=block --reason "decided by OT security"
  sluice policy set --stage line/prod --rule no_catch=block --rule lint=inherit
  sluice policy set --app line --file policy.yaml

The file replaces what the layer says: rules, allowedModules, registries, deniedLicences, exactVersions, routesAreProtected, limits.
Needs a token of an owner.`,
  parameters: {
    ...layerParameters,
    rules: repeatedText('--rule <rule=severity>', 'off, warn, block, or inherit to say nothing here'),
    file: text('-f, --file <file>', 'JSON or YAML with everything that the layer shall say'),
    reason: text('--reason <text>', 'Why, for the ledger'),
  },
  run: async (invocation, { app, stage, rules, file, reason }) => {
    if (rules.length === 0 && file === undefined) throw usageError('Say what to set: --rule or --file.');
    const given = file === undefined ? undefined : ((await readDocument(invocation.ports, file)) as PolicySettings);
    const session = await invocation.connect();
    const layer = await resolvePolicyLayer(session, { app, stage });
    const before = await session.get<PolicySettingsView>(layer.path);
    const base = given ?? before.settings;
    const settings = rules.length === 0 ? base : { ...base, rules: changedRules(base.rules, rules) };
    const request: SetPolicySettingsRequest = { settings, ...(reason === undefined ? {} : { reason }) };
    printLayer(invocation, layer, await session.put<PolicySettingsView>(layer.path, request, before.version));
    return undefined;
  },
});
