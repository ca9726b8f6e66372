/** ESLint's rules that find mistakes; those about style and habits are for whoever writes the code. */
const eslintRules = [
  'constructor-super',
  'for-direction',
  'getter-return',
  'no-async-promise-executor',
  'no-class-assign',
  'no-compare-neg-zero',
  'no-cond-assign',
  'no-const-assign',
  'no-debugger',
  'no-dupe-args',
  'no-dupe-class-members',
  'no-dupe-else-if',
  'no-dupe-keys',
  'no-duplicate-case',
  'no-empty-pattern',
  'no-ex-assign',
  'no-func-assign',
  'no-global-assign',
  'no-invalid-regexp',
  'no-new-symbol',
  'no-obj-calls',
  'no-redeclare',
  'no-self-assign',
  'no-setter-return',
  'no-shadow-restricted-names',
  'no-sparse-arrays',
  'no-this-before-super',
  'no-undef',
  'no-unexpected-multiline',
  'no-unreachable',
  'no-unsafe-finally',
  'no-unsafe-negation',
  'require-yield',
  'use-isnan',
  'valid-typeof',
] as const;

/** What code of functions finds around it, besides what nrlint tells ESLint (@node-red/nodes core/function/10-function.js, sandbox). */
const sandbox = [
  'AbortController',
  'AbortSignal',
  'Buffer',
  'TextDecoder',
  'TextEncoder',
  'URL',
  'URLSearchParams',
  'clearInterval',
  'clearTimeout',
  'console',
  'fetch',
  'promisify',
  'setInterval',
  'setTimeout',
  'util',
] as const;

/** What runs: `align-to-grid` and `no-overlapping-nodes` are about drawing, and `max-flow-size` is a rule of ours. */
export const lintConfiguration = {
  lintDisabledFlows: false,
  rules: {
    'no-duplicate-http-in-urls': true,
    'no-loops': true,
    'no-unconnected-http-nodes': true,
    'no-unnamed-functions': true,
    'no-unnamed-links': true,
    'function-eslint': {
      config: {
        env: { es2022: true },
        globals: Object.fromEntries(sandbox.map((name) => [name, 'readonly'])),
        parserOptions: { ecmaVersion: 'latest' },
        rules: Object.fromEntries(eslintRules.map((rule) => [rule, 'error'])),
      },
    },
  },
} as const;

type Node = { [property: string]: unknown };

const identifier = /^[A-Za-z_$][A-Za-z0-9_$]*$/;

/**
 * A function node as nrlint can read it: it puts the code between two lines of its own, so that a comment at the end would hide the second,
 * and does not know the modules that the node brings.
 */
export function lintable(node: Node): Node {
  if (node['type'] !== 'function') return node;
  const libraries = Array.isArray(node['libs']) ? node['libs'] : [];
  const names = libraries.flatMap((library: unknown) => {
    const name: unknown = typeof library === 'object' && library !== null ? Reflect.get(library, 'var') : undefined;
    return typeof name === 'string' && identifier.test(name) ? [name] : [];
  });
  const known = names.length === 0 ? '' : `/* global ${names.join(', ')} */ `;
  const wrap = (code: unknown): string => (typeof code === 'string' && code !== '' ? `${known}${code}\n` : '');
  return { ...node, func: wrap(node['func']), initialize: wrap(node['initialize']), finalize: wrap(node['finalize']) };
}
