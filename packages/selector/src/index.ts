export { type FactKey, qualifiedRelease, selectorFacts } from './facts.ts';
export { matchesLabels, matchesSelector } from './matches.ts';
export { type ParsedSelector, parseLabelSelector, parseSelector, type SelectorProblem } from './parse.ts';
export { type Comparison, type Requirement, type Selector, type SelectorSubject, selectorLimits } from './selector.ts';
export { versionOrder, versionPattern } from './version-order.ts';
