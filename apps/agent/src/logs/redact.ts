// INVARIANTS
// 1. No value of a variable that was set for this device and no credential leaves it, as it is or in the forms that logs put it into.
// 2. What stands in its place names it, so that a line says as much as it may: `[variable MQTT_HOST]`.

/** A value that must not leave, and what people call it. */
export type Secret = { name: string; value: string };

/** Shorter values that nobody declared secret are words such as `on`, which would make every line unreadable. */
const plainLengthMin = 4;
/** Values from this length on are found anywhere; shorter ones only as a whole word, or `ERROR` would end as `E[variable KEY]`. */
const anywhereLengthMin = 8;
/** Of values with several lines (keys, certificates), each line of this length is a secret of its own: logs break them. */
const lineLengthMin = 8;

const escapeForPattern = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&');

/** The value as logs may show it: in JSON, in an address, in base64 (any alignment but the first is not found), in hexadecimal. */
function formsOf(value: string): string[] {
  const bytes = Buffer.from(value);
  const encoded = value.length < anywhereLengthMin ? [] : [bytes.toString('base64').replace(/=+$/, ''), bytes.toString('hex')];
  const address = value.isWellFormed() ? [encodeURIComponent(value), encodeURI(value)] : [];
  const json = JSON.stringify(value).slice(1, -1);
  const lines = value.split(/\r?\n/).filter((line) => line.length >= lineLengthMin);
  return [value, value.trim(), json, JSON.stringify(json).slice(1, -1), ...address, ...encoded, ...lines];
}

/** Values that are set for the device, of its variables and credentials, as secrets. */
export function secretsOf(
  inputs: { environment: Readonly<Record<string, string>>; credentials: Readonly<Record<string, unknown>> },
  variables: readonly { name: string; secret: boolean; default?: string }[],
): Secret[] {
  const declared = new Map(variables.map((variable) => [variable.name, variable]));
  const found: Secret[] = [];
  for (const [name, value] of Object.entries(inputs.environment)) {
    const variable = declared.get(name);
    const isPlain =
      variable?.secret !== true && (value.length < plainLengthMin || value === variable?.default || /^(true|false)$/i.test(value));
    if (value !== '' && !isPlain) found.push({ name: `variable ${name}`, value });
  }
  const walk = (value: unknown, field: string): void => {
    if (typeof value === 'string' || typeof value === 'number') {
      if (String(value) !== '') found.push({ name: `credential ${field}`, value: String(value) });
    } else if (typeof value === 'object' && value !== null) {
      for (const [name, member] of Object.entries(value)) walk(member, Array.isArray(value) ? field : name);
    }
  };
  for (const own of Object.values(inputs.credentials)) walk(own, 'of a node');
  return found;
}

const bearer = /\b(Bearer|Basic)\s+[\w.~+/=-]{8,}/gi;
const userInformation = /(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@:]*:[^\s/@]+@/gi;

/** Makes what replaces secrets in a line by their names. */
export function createRedaction(secrets: readonly Secret[]): (line: string) => string {
  const names = new Map<string, string>();
  for (const { name, value } of secrets) {
    for (const form of formsOf(value)) if (form !== '' && !names.has(form)) names.set(form, name);
  }
  // The longest first: a secret may hold another one.
  const forms = [...names.keys()].sort((a, b) => b.length - a.length);
  const patternOf = (form: string): string =>
    form.length >= anywhereLengthMin ? escapeForPattern(form) : `(?<![\\p{L}\\p{N}])${escapeForPattern(form)}(?![\\p{L}\\p{N}])`;
  const pattern = forms.length === 0 ? undefined : new RegExp(forms.map(patternOf).join('|'), 'gu');
  return (line) => {
    const named = pattern === undefined ? line : line.replaceAll(pattern, (form) => `[${names.get(form) ?? 'secret'}]`);
    return named.replaceAll(bearer, '$1 [token]').replaceAll(userInformation, '$1[user]@');
  };
}
