import type { FlowNode } from '../flows/flow-node.ts';
import { referencesOfEnvEntry, referencesOfNode } from './references.ts';
import { envEntries, VariableScopes } from './scopes.ts';

/** What a process environment accepts everywhere; the contract's pattern for the names of variables. */
const namePattern = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;

/**
 * The names of the variables that flows take from outside, sorted: what someone has to provide before they can run.
 *
 * Found are whole properties `${NAME}` and `$(NAME)`, `env.get("NAME")` in function nodes, typed inputs of type `env`, `$env("NAME")` in JSONata and
 * `{{env.NAME}}` in templates. Left out are names that an enclosing group, tab, subflow, subflow instance or a global-config defines, Node-RED's own
 * (`NR_…`), names computed at run time, and what stands only in disabled nodes, disabled tabs or subflows that are never used.
 */
export function variablesUsed(flows: readonly FlowNode[]): string[] {
  const scopes = new VariableScopes(flows);
  const names = new Set<string>();
  const add = (node: FlowNode, references: Iterable<string>): void => {
    for (const reference of references) if (scopes.isExternal(node, reference)) names.add(reference.replaceAll('$parent.', ''));
  };
  for (const node of flows.filter((candidate) => scopes.isEnabled(candidate))) {
    add(node, referencesOfNode(node));
    addFromEnv(node, add);
  }
  return [...names].filter((name) => namePattern.test(name) && !name.startsWith('NR_')).sort();
}

/** A value in an `env` list is read where the list's owner stands, but may also name an entry beside it. */
function addFromEnv(node: FlowNode, add: (node: FlowNode, references: Iterable<string>) => void): void {
  const entries = envEntries(node);
  for (const entry of entries) {
    const others = new Set(entries.filter((other) => other !== entry).map((other) => other['name']));
    add(
      node,
      [...referencesOfEnvEntry(entry)].filter((name) => !others.has(name)),
    );
  }
}
