import type { FlowNode } from '../flows/flow-node.ts';
import { catalogue } from '../integrations/catalogue/index.ts';
import { isObject } from '../json.ts';
import { codeOf } from './code.ts';
import { called } from './names.ts';
import type { Observation, RuleFamily } from './rule.ts';

const requiresShell =
  /\b(?:require|import)\s*\(\s*["'`](?:node:)?child_process["'`]\s*\)|\bglobal\.get\s*\(\s*["'`]child_process["'`]\s*\)/;

function runsCommands(node: FlowNode): boolean {
  const libraries = Array.isArray(node['libs']) ? node['libs'].filter(isObject).map(({ module }) => module) : [];
  return (
    libraries.some((name) => name === 'child_process' || name === 'node:child_process') ||
    codeOf(node).some(({ code }) => requiresShell.test(code))
  );
}

function observe(node: FlowNode): Observation[] {
  if (catalogue.get(node.type)?.isPrivileged === true) {
    const command = node['command'];
    const isFixed = typeof command === 'string' && command.trim() !== '';
    const isOpen = !isFixed || (node['addpay'] !== undefined && node['addpay'] !== '' && node['addpay'] !== false);
    return [
      {
        node,
        message: `${called(node)} runs ${isFixed ? 'a command of the operating system' : 'whatever command a message names'}${isFixed && isOpen ? ', with text from messages' : ''}.`,
        fix: isOpen
          ? 'Use a node made for the purpose; if it has to be a command, build it from fixed text, not from messages, and waive this with the reason.'
          : 'Use a node made for the purpose (file, http request, ping …); if it has to be a command, waive this with the reason.',
      },
    ];
  }
  if (node.type !== 'function' || !runsCommands(node)) return [];
  return [
    {
      node,
      message: `${called(node)} uses child_process, so its code can run any command.`,
      fix: 'Use a node made for the purpose; if it has to be a command, waive this with the reason.',
    },
  ];
}

export const privilegeRules = {
  exec: {
    title: 'Commands of the operating system',
    why: 'A command has every right of the runtime on the host; whoever can change its text or its messages can do the same.',
    defaultSeverity: 'warn',
    check: ({ flows }) => flows.running.flatMap(observe),
  },
} as const satisfies RuleFamily;
