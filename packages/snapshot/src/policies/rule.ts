import type { FlowNode } from '../flows/flow-node.ts';
import type { RuleInput } from './rule-input.ts';

/** `off`: not looked at. `warn`: shown. `block`: nothing is published or promoted until it is fixed or waived. */
export const policySeverities = ['off', 'warn', 'block'] as const;
export type PolicySeverity = (typeof policySeverities)[number];

/** Something that a rule found. It is about what has the `name` (a variable, a module), else about the node, else about the module. */
export type Observation = {
  node?: FlowNode;
  module?: string;
  name?: string;
  /** What exactly about that, so that it can be waived alone: a JSON pointer within the node, the id of an advisory. */
  place?: string;
  /** What was found. Never holds the content of a property, which may be secret. */
  message: string;
  /** What to do. */
  fix: string;
  /** Why it matters, where that is more than what the rule says. */
  why?: string;
  /** Set where a rule is not sure enough to stop anybody. */
  atMost?: 'warn';
};

/** One rule. `check` must not throw, whatever the flows hold. */
export type Rule = {
  title: string;
  /** Why what it finds matters, to someone who does not know the term. */
  why: string;
  defaultSeverity: PolicySeverity;
  check: (input: RuleInput) => Observation[];
};

export type RuleFamily = Readonly<Record<string, Rule>>;
