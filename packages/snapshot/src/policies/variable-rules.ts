import type { FlowNode } from '../flows/flow-node.ts';
import { referencesOfNode } from '../variables/references.ts';
import { variablesUsed } from '../variables/variables-used.ts';
import type { RuleFamily } from './rule.ts';
import type { RuleInput } from './rule-input.ts';

/** Names that the runtime's host always has. */
const fromHost: ReadonlySet<string> = new Set([
  'HOME',
  'HOSTNAME',
  'LANG',
  'NODE_ENV',
  'PATH',
  'PORT',
  'PWD',
  'SHELL',
  'TMPDIR',
  'TZ',
  'USER',
]);

function missingNames({ snapshot, options }: RuleInput): Missing[] {
  const { stage } = options;
  if (stage === undefined) return [];
  const declared = new Map((snapshot.variables ?? []).map((variable) => [variable.name, variable]));
  const isMissing = (name: string): boolean => !Object.hasOwn(stage.variables, name) && declared.get(name)?.default === undefined;
  const required = [...declared.values()].filter(({ required: isRequired }) => isRequired).map(({ name }) => name);
  const used = variablesUsed(snapshot.flows).filter((name) => !declared.has(name) && !fromHost.has(name));
  return [...required, ...used].filter(isMissing).map((name) => ({ name, isDeclared: declared.has(name) }));
}

type Missing = { name: string; isDeclared: boolean };

/** Each with the first node that reads it. */
function withUsers({ flows }: RuleInput, missing: readonly Missing[]): (Missing & { node: FlowNode | undefined })[] {
  const users = new Map<string, FlowNode>();
  if (missing.length > 0) {
    for (const node of flows.running) for (const name of referencesOfNode(node)) if (!users.has(name)) users.set(name, node);
  }
  return missing.map((variable) => ({ ...variable, node: users.get(variable.name) }));
}

export const variableRules = {
  variable_missing: {
    title: 'Variables without a value',
    why: 'Node-RED starts without them and puts nothing in their place: nodes connect to nowhere or fail with their first message.',
    defaultSeverity: 'block',
    check: (input) =>
      withUsers(input, missingNames(input)).map(({ name, isDeclared, node }) => {
        const stage = input.options.stage?.name ?? '';
        return {
          ...(node === undefined ? {} : { node }),
          name,
          message: `The variable ${name} is ${isDeclared ? 'required' : 'used but not declared'} and has no value in stage ${stage}.`,
          fix: `Give ${name} a value for the stage, its groups or its devices, or a default in the snapshot.`,
        };
      }),
  },
} as const satisfies RuleFamily;
