import type { FlowNode } from '../flows/flow-node.ts';
import { isObject, type JsonValue, pointerPart } from '../json.ts';

/** A secret that stands in plain text in the flows, where every copy of them shows it. The value itself is not repeated. */
export type SecretFinding = {
  nodeId: string;
  /** Place of the node in the flows: ids are not always unique. */
  index: number;
  nodeType: string;
  /** JSON pointer within the node. */
  pointer: string;
  /** `property`: it is called like one. `address`: user and password in an address. `value`: it looks like one. `code`: inside of code or text. */
  reason: 'property' | 'address' | 'value' | 'code';
};

const secretWord =
  /(?:password|passwort|passwd|passphrase|secret|token|(?:api|access|secret|private|shared access) ?key|connection ?string|credential)$|(?:^| )(?:pwd|pass)$/;
/** Names end with the word: `passwordType` says what a password is, not which. */
export function isSecretName(property: string): boolean {
  const words = property.replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2').replaceAll(/[\s_-]+/g, ' ');
  return secretWord.test(words.toLowerCase());
}

/** Placeholders, and words that an editor stores for "none" or "elsewhere". */
const noSecret =
  /^(?:|\$\{[^}]*\}|\$\([^)]*\)|\{\{.*\}\}|__PWRD__|[*x•.]+|true|false|null|none|undefined|msg|flow|global|str|env|payload(?:\..*)?|msg\..*)$/i;

/** Where a key is kept is no secret. */
const keyFile = /\.(?:pem|key|crt|cer|der|p12|pfx)$/i;

/** Whether a property that is called like a secret holds one. */
export function isSecretProperty(property: string, value: string): boolean {
  return isSecretName(property) && !noSecret.test(value.trim()) && !keyFile.test(value);
}

const addressWithPassword = /\b[a-z][a-z0-9+.-]{0,20}:\/\/[^\s:/@"'`]{1,256}:(?!\*\*\*@|\$\{|\{\{|<)[^\s/@"'`]{1,256}@[^\s/"'`]/i;
const addressWithSecret =
  /:\/\/[^\s"'`]{0,300}[?&](?:pw|pwd|pass|password|passwd|token|access_token|api_?key|secret|sig)=(?!\*|\$|\{|&|<)[^\s&#"'`]{3}/i;
const shapes: readonly RegExp[] = [
  /-----BEGIN (?:[A-Z]{1,20} ){0,3}PRIVATE KEY-----/,
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/,
  /\beyJ[A-Za-z0-9_-]{8,300}\.eyJ[A-Za-z0-9_-]{8}/,
  /\b(?:ghp|gho|ghs|ghr)_[A-Za-z0-9]{36}\b|\bgithub_pat_[A-Za-z0-9_]{40,}/,
  /\bxox[abprs]-[A-Za-z0-9-]{10,}/,
  /\bsk-[A-Za-z0-9_-]{32,}/,
  /\bAIza[A-Za-z0-9_-]{35}\b/,
  /\bglpat-[A-Za-z0-9_-]{20,}/,
  /\bBearer\s+[A-Za-z0-9._~+/-]{20,}/,
  /\bBasic\s+[A-Za-z0-9+/]{12,}={0,2}(?=["'\s]|$)/,
  /\bSharedAccess(?:Key|Signature)=[A-Za-z0-9+/%]{20,}/,
];
/** `password = "x"` in code: the name of a variable or member, and a text that is given to it. */
const assignment = /(?<![\w$-])([A-Za-z_$][\w$-]{0,60})["'`]?\s{0,20}[:=]\s{0,20}(["'`])((?:(?!\2)[^\\\n]){3,200})\2/g;

function holdsSecretAddress(text: string): boolean {
  return text.includes('://') && (addressWithPassword.test(text) || addressWithSecret.test(text));
}

/** Whether a text is, or holds, what only secrets look like: keys, tokens, addresses with a password. */
export function looksSecret(text: string): boolean {
  if (text.length < 12) return false;
  return holdsSecretAddress(text) || shapes.some((shape) => shape.test(text));
}

/** Secrets in plain text, in the order of the flows. Ids of config nodes and typed inputs that take their value elsewhere are none. */
export function secretsIn(flows: readonly FlowNode[]): SecretFinding[] {
  const ids = new Set(flows.map(({ id }) => id));
  return flows.flatMap((node, index) =>
    Object.entries(node).flatMap(([property, value]) => {
      if (['id', 'type', 'z', 'g', 'name', 'label', 'wires', 'links'].includes(property)) return [];
      const found: Pick<SecretFinding, 'pointer' | 'reason'>[] = [];
      search(value, property, node, pointerPart(property), ids, found);
      return found.map((finding) => ({ nodeId: node.id, index, nodeType: node.type, ...finding }));
    }),
  );
}

type Siblings = Readonly<Record<string, JsonValue>>;

function search(
  value: JsonValue,
  name: string,
  siblings: Siblings,
  pointer: string,
  ids: ReadonlySet<string>,
  found: Pick<SecretFinding, 'pointer' | 'reason'>[],
): void {
  if (typeof value === 'string') {
    const reason = reasonOf(value, name, siblings, ids);
    if (reason !== null) found.push({ pointer, reason });
  } else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) search(item, name, {}, pointer + pointerPart(index), ids, found);
  } else if (isObject(value)) {
    for (const [member, inner] of Object.entries(value)) search(inner, member, value, pointer + pointerPart(member), ids, found);
  }
}

function reasonOf(value: string, name: string, siblings: Siblings, ids: ReadonlySet<string>): SecretFinding['reason'] | null {
  if (value.length < 3 || ids.has(value)) return null;
  if (isSecretProperty(name, value) && !isTakenElsewhere(name, siblings)) return 'property';
  // A list of headers or variables: its entry is called by one member and holds the value in another.
  const called = siblings['name'] ?? siblings['key'] ?? siblings['keyValue'] ?? siblings['p'];
  const isValueMember = name === 'value' || name === 'valueValue' || name === 'v';
  if (isValueMember && typeof called === 'string' && isSecretProperty(called, value) && !isTakenElsewhere(name, siblings))
    return 'property';
  const isCode = value.includes('\n') || value.includes(';') || value.length > 500;
  if (looksSecret(value)) return isCode ? 'code' : holdsSecretAddress(value) ? 'address' : 'value';
  return isCode && assignsSecret(value) ? 'code' : null;
}

const elsewhere: ReadonlySet<unknown> = new Set(['env', 'msg', 'flow', 'global', 'cred', 'jsonata', 'bool', 'num', 'date']);

/** A typed input says beside its value where that comes from. */
function isTakenElsewhere(name: string, siblings: Siblings): boolean {
  return [`${name}Type`, `${name}FieldType`, `${name}t`, ...(name === 'value' ? ['type'] : [])].some((type) =>
    elsewhere.has(siblings[type]),
  );
}

function assignsSecret(code: string): boolean {
  for (const [, name = '', , text = ''] of code.matchAll(assignment)) {
    if (isSecretProperty(name, text) && !/\s/.test(text.trim()) && text.length >= 6) return true;
  }
  return false;
}
