// INVARIANTS
// - Nothing throws because of what a snapshot holds; only what the operator gave (waivers) can be refused.
// - A waiver hides nothing: what it is for stays in the list, with the waiver.
// - No finding repeats the content of a property.
import { givenName } from './names.ts';
import type { Observation, PolicySeverity, Rule } from './rule.ts';
import { type PolicySnapshot, type RuleInput, type RuleOptions, ruleInput } from './rule-input.ts';
import { type PolicyRule, ruleNames, ruleTable } from './rules.ts';
import { checkWaiver, type Waiver, waiverFor } from './waivers.ts';

export type PolicyOptions = RuleOptions & {
  /** Severities that differ from the defaults. */
  rules?: Partial<Record<PolicyRule, PolicySeverity>>;
  waivers?: readonly Waiver[];
};

/** What a rule found. Plain JSON data. */
export type Finding = {
  rule: PolicyRule;
  severity: Exclude<PolicySeverity, 'off'>;
  /** What it is about, the same the next time: an id of a node, a module or a variable, with `#place` when there can be several. For waivers. */
  subject: string;
  nodeId?: string;
  nodeType?: string;
  nodeName?: string;
  /** The tab or subflow by its name, or its id without one. */
  tab?: string;
  tabId?: string;
  module?: string;
  /** What was found. */
  message: string;
  /** Why it matters. */
  why: string;
  /** What to do. */
  fix: string;
  /** Who decided to live with it, and why. */
  waiver?: Waiver;
};

/**
 * What a snapshot breaks of the rules, in the order of the rules and of the flows. Rules that are off are not looked at.
 * @throws {PolicyError} WAIVER_REFUSED, when a waiver gives no reason or names no rule
 */
export function checkPolicies(snapshot: PolicySnapshot, options: PolicyOptions = {}): Finding[] {
  const waivers = options.waivers ?? [];
  for (const [index, waiver] of waivers.entries()) checkWaiver(waiver, `/waivers/${index}`);
  const input = ruleInput(snapshot, options);
  return ruleNames.flatMap((name) => findingsOf(name, options.rules?.[name] ?? ruleTable[name].defaultSeverity, input, waivers));
}

/** Whether one of the findings stops a snapshot from being published or promoted. */
export function isBlocked(findings: readonly Finding[]): boolean {
  return findings.some(({ severity, waiver }) => severity === 'block' && waiver === undefined);
}

function findingsOf(name: PolicyRule, severity: PolicySeverity, input: RuleInput, waivers: readonly Waiver[]): Finding[] {
  if (severity === 'off') return [];
  const rule = ruleTable[name];
  const found = new Map<string, Finding>();
  for (const observation of rule.check(input)) {
    const finding = findingOf(name, rule, severity, observation, input, waivers);
    // A node in a subflow is looked at once for each instance.
    found.set(`${finding.subject}\n${finding.message}`, finding);
  }
  return [...found.values()];
}

function findingOf(
  name: PolicyRule,
  rule: Rule,
  severity: Finding['severity'],
  observation: Observation,
  { flows }: RuleInput,
  waivers: readonly Waiver[],
): Finding {
  const { node, module, place, message, fix, why, atMost } = observation;
  const whole = observation.name ?? node?.id ?? module ?? name;
  const subject = place === undefined ? whole : `${whole}#${place}`;
  const waiver = waiverFor(waivers, name, subject, whole);
  const container = node === undefined ? undefined : flows.containerOf(node);
  const nodeName = givenName(node);
  const tabId = container?.id ?? (typeof node?.['z'] === 'string' && node['z'] !== '' ? node['z'] : undefined);
  const tab = givenName(container) ?? tabId;
  return {
    rule: name,
    severity: atMost ?? severity,
    subject,
    ...(node === undefined ? {} : { nodeId: node.id, nodeType: node.type }),
    ...(nodeName === undefined ? {} : { nodeName }),
    ...(tab === undefined || tabId === undefined ? {} : { tab, tabId }),
    ...(module === undefined ? {} : { module }),
    // Names of modules are as they are, also at the beginning of a sentence.
    message: module !== undefined && message.startsWith(module) ? message : message.charAt(0).toUpperCase() + message.slice(1),
    why: why ?? rule.why,
    fix,
    ...(waiver === undefined ? {} : { waiver }),
  };
}
