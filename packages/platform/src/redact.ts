export const REDACTED = '[redacted]';

// A secret is known by the end of its name: `password`, `sessionToken`, `set-cookie`, `SLUICE_MASTER_KEY`, …
const SECRET_NAME =
  /(pass(word|phrase)?|secret|token|authorization|cookie|(private|master|api|session)[-_]?key|credentials?|enrollment[-_]?code|sign[-_]?in[-_]?link)$/i;
const URL_PASSWORD = /(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@]*:)[^\s@/]+@/gi;
const DEPTH_MAX = 6;

/** True when a field of this name holds something that must not be printed. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}

/** Masks the password of every URL inside a text. */
export function redactUrls(text: string): string {
  return text.includes('://') ? text.replace(URL_PASSWORD, `$1${REDACTED}@`) : text;
}

function redactValue(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return redactUrls(value);
  if (Array.isArray(value)) return depth >= DEPTH_MAX ? value : value.map((item) => redactValue(item, depth + 1));
  // Errors, dates and class instances keep their identity: the logger has its own serializers for them.
  if (value === null || typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return depth >= DEPTH_MAX ? '[too deep]' : redactObject(value, depth);
}

function redactObject(fields: object, depth: number): Record<string, unknown> {
  const shown: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(fields)) {
    const hide = isSecretName(key) && value !== undefined && value !== null && typeof value !== 'boolean';
    shown[key] = hide ? REDACTED : redactValue(value, depth + 1);
  }
  return shown;
}

/** A copy of the fields in which everything secret, at any depth, is masked. */
export function redactFields(fields: object): Record<string, unknown> {
  return redactObject(fields, 0);
}
