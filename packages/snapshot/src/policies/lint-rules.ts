import { called } from './names.ts';
import type { RuleFamily } from './rule.ts';

/** nrlint's own words are short; `[msg] 'x' is not defined` comes from ESLint. */
const messageLengthMax = 300;

export const lintRules = {
  lint: {
    title: 'nrlint',
    why: 'nrlint looks for what makes flows hard to read or does not work as drawn.',
    defaultSeverity: 'warn',
    check: ({ flows, options }) =>
      (options.lint ?? []).map(({ rule, message, location }) => {
        const node = location.map((id) => flows.node(id)).find((found) => found !== undefined);
        const said = `${message.slice(0, messageLengthMax).trim().replace(/\.$/, '')} (nrlint ${rule}).`;
        return {
          ...(node === undefined ? { name: rule } : { node, place: rule }),
          message: node === undefined ? said : `${called(node)}: ${said}`,
          fix: `Change it as ${rule} of nrlint asks, or turn that rule off for this node with a comment "// nrlint ${rule}:off" in its description.`,
        };
      }),
  },
} as const satisfies RuleFamily;
