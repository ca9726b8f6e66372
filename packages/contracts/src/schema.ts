import { type TObject, type TProperties, Type } from 'typebox';

/** An object that refuses properties it does not know, so that a typing error in a request is never silently ignored. */
export function Closed<P extends TProperties>(properties: P, options: { $id?: string; description?: string } = {}): TObject<P> {
  return Type.Object(properties, { additionalProperties: false, ...options });
}

/** A UUID (version 7 when the server made it), lower case. */
export const Uuid = Type.String({ pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' });

/** A moment in UTC, RFC 3339 with milliseconds: `2026-03-01T08:15:30.250Z`. */
export const Timestamp = Type.String({ format: 'date-time' });

/** A SHA-256 digest: 64 lower-case hexadecimal digits. */
export const Digest = Type.String({ pattern: '^[0-9a-f]{64}$' });

/** A name people read and type: 1 to 100 characters, no control characters, no blank at either end. */
export const Name = Type.String({
  minLength: 1,
  maxLength: 100,
  pattern: '^[^\\s\\u0000-\\u001f](?:[^\\u0000-\\u001f]*[^\\s\\u0000-\\u001f])?$',
});

/** Free text of a person: a reason, a message, a description. */
export const Text = Type.String({ maxLength: 4000, pattern: '^[^\\u0000]*$' });

/** Base64 with padding (RFC 4648 section 4). */
export const Base64 = Type.String({ pattern: '^[A-Za-z0-9+/]*={0,2}$' });

/** Labels of a device: keys and values in the syntax of Kubernetes labels, without the prefix. */
export const Labels = Type.Record(
  Type.String({ pattern: '^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$' }),
  Type.String({ maxLength: 63, pattern: '^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)?$' }),
  { additionalProperties: false, maxProperties: 64 },
);

/** The name of a variable: what a process environment accepts everywhere. */
export const VariableName = Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_]{0,127}$' });
