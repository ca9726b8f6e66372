import type { FlowNode } from '../flows/flow-node.ts';
import { isObject, type JsonValue } from '../json.ts';
import { type SecretFinding, secretsIn } from '../variables/secrets.ts';
import { called } from './names.ts';
import type { Observation, RuleFamily } from './rule.ts';

/** What people write where a secret belongs and none is yet. Words that are real passwords somewhere ("changeme", "admin") are not among them. */
const placeholder =
  /^["'\s]*(?:x{3,}|\.{3,}|-+|_+|\?+|redacted\b.*|hidden|removed|placeholder|<[^>]*>|\[[a-z _-]*\]|your(?:\b|_).*|(?:enter|insert|put|mock|fake|dummy)[ _-].*|(?:my|the)[ _-](?:password|secret|token|key|api[ _-]?key))["'\s]*$/i;

const what: Readonly<Record<SecretFinding['reason'], string>> = {
  property: 'A secret stands in plain text',
  address: 'An address with user and password stands in plain text',
  value: 'What looks like a key or token stands in plain text',
  code: 'What looks like a secret stands in the text',
};

function observe(nodes: readonly FlowNode[], { index, pointer, reason }: SecretFinding): Observation[] {
  const node = nodes[index];
  if (node === undefined || isPlaceholder(node, pointer, reason)) return [];
  return [
    {
      node,
      place: pointer,
      message: `${what[reason]} in ${pointer.slice(1)} of ${called(node)}.`,
      fix:
        reason === 'code'
          ? 'Declare a secret variable, read it with env.get("NAME"), and change the secret itself, because it has been seen.'
          : // biome-ignore lint/suspicious/noTemplateCurlyInString: this is Node-RED's own placeholder.
            'Declare a secret variable, write ${NAME} there or use the credentials of the node, and change the secret itself, because it has been seen.',
    },
  ];
}

function isPlaceholder(node: FlowNode, pointer: string, reason: SecretFinding['reason']): boolean {
  const value = valueAt(node, pointer);
  if (typeof value !== 'string') return false;
  if (reason === 'code') return holdsOnlyPlaceholders(node, pointer, value, textsOfCode(value));
  if (reason !== 'address') return isPlaceholderText(value);
  const password = /:\/\/[^/@]{0,512}:([^/@]{0,512})@/.exec(value)?.[1];
  const parameters = [...value.matchAll(/[?&][^=&#]{1,200}=([^&#]{0,512})/g)].map((match) => match[1]);
  return holdsOnlyPlaceholders(node, pointer, value, [password, ...parameters]);
}

function isPlaceholderText(text: string): boolean {
  return text.length <= 200 && placeholder.test(text);
}

const textLiteral = /(["'`])((?:(?!\1)[^\\\n]){3,200})\1/g;

function textsOfCode(code: string): string[] {
  return [...code.matchAll(textLiteral)].map((match) => match[2] ?? '');
}

/** Whether nothing is left of what looked like a secret once the placeholders are taken out. */
function holdsOnlyPlaceholders(node: FlowNode, pointer: string, value: string, parts: readonly (string | undefined)[]): boolean {
  const property = pointer.slice(1);
  const found = new Set(parts.filter((part) => part !== undefined && part.length >= 3 && isPlaceholderText(part)));
  if (property.includes('/') || found.size === 0 || found.size > placeholdersMax) return false;
  let rest = value;
  for (const part of found) if (part !== undefined) rest = rest.replaceAll(part, '');
  return secretsIn([{ ...node, [property]: rest }]).every((finding) => finding.pointer !== pointer);
}

/** More of them are data, not something that waits to be filled in. */
const placeholdersMax = 50;

function valueAt(node: FlowNode, pointer: string): JsonValue | undefined {
  let value: JsonValue | undefined = node;
  for (const part of pointer.slice(1).split('/')) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (Array.isArray(value)) value = value[Number(name)];
    else if (isObject(value)) value = Object.hasOwn(value, name) ? value[name] : undefined;
    else return undefined;
  }
  return value;
}

export const secretRules = {
  secret_in_plain_text: {
    title: 'Secrets in plain text',
    why: 'Flows are readable by everyone who may see a snapshot, clone its history or open a device; a secret in them is known to all of these, for ever.',
    defaultSeverity: 'block',
    // Disabled nodes are looked at, too: their secrets are in the file all the same.
    check: ({ flows }) => secretsIn(flows.nodes).flatMap((finding) => observe(flows.nodes, finding)),
  },
} as const satisfies RuleFamily;
