import { createHmac } from 'node:crypto';
import { canonicalJson, TrustError } from '@sluice/trust';
import { SnapshotError } from '../errors.ts';
import { isObject, type JsonObject, type JsonValue, pointerPart, readJson } from '../json.ts';
import { decryptText, type EncryptedCredentials, encryptText } from './cipher.ts';

/** Credentials in plain: by node id, then by field. A global-config node has its fields under `map`. */
export type Credentials = { [nodeId: string]: JsonObject };

/** At most so many bytes of a credentials file are looked at. */
const bytesMax = 16 * 1024 * 1024;
const depthMax = 16;

/**
 * Reads the bytes of a credentials file (`flows_cred.json`), plain or encrypted.
 * @param secret the `credentialSecret` it was encrypted with; null when it is said to be plain
 * @throws {SnapshotError} CREDENTIALS_UNREADABLE
 */
export function parseCredentials(source: string | Uint8Array, secret: string | null): Credentials {
  const length = typeof source === 'string' ? Buffer.byteLength(source) : source.length;
  if (length > bytesMax) throw unreadable(`it has ${length} bytes; at most ${bytesMax} are allowed`);
  const outcome = readJson(source, depthMax);
  if ('problem' in outcome) throw unreadable(outcome.problem);
  return readCredentials(outcome.value, secret);
}

/** As `parseCredentials`, for a value that was read before (such as `ParsedFlows.credentials`). */
export function readCredentials(value: unknown, secret: string | null): Credentials {
  if (!isObject(value)) throw unreadable('it is not an object');
  if (typeof value['$'] !== 'string') return readPlain(value);
  if (secret === null) throw unreadable('it is encrypted and no secret was given; pass the credentialSecret of the Node-RED that wrote it');
  return decryptCredentials({ $: value['$'] }, secret);
}

/**
 * Decrypts Node-RED's credentials.
 * @throws {SnapshotError} CREDENTIALS_UNREADABLE, mostly because the secret is not the one they were encrypted with
 */
export function decryptCredentials(encrypted: EncryptedCredentials, secret: string): Credentials {
  const text = decryptText(encrypted, secret);
  const outcome = text === null ? null : readJson(text, depthMax);
  if (outcome === null || 'problem' in outcome || !isObject(outcome.value)) {
    throw unreadable('it does not decrypt with this secret; pass the credentialSecret of the Node-RED that wrote it');
  }
  return readPlain(outcome.value);
}

/**
 * Encrypts credentials as Node-RED does, so that it reads them with the same `credentialSecret`.
 * @param iv 16 fresh random bytes
 */
export function encryptCredentials(credentials: Credentials, secret: string, iv: Uint8Array): EncryptedCredentials {
  return encryptText(JSON.stringify(credentials), secret, iv);
}

/**
 * A digest that says whether credentials changed. Keyed, because the digest of a weak password alone would let anyone who sees it guess the password.
 * @param key 32 secret bytes, the same for all snapshots that are compared
 * @throws {SnapshotError} CREDENTIALS_UNREADABLE
 */
export function credentialsDigest(credentials: Credentials, key: Uint8Array): string {
  return createHmac('sha256', key).update(canonical(credentials)).digest('hex');
}

/** Canonical JSON has no form for half a surrogate pair, and no password field for one either. */
function canonical(credentials: Credentials): Uint8Array {
  try {
    return canonicalJson(credentials);
  } catch (cause) {
    if (!(cause instanceof TrustError)) throw cause;
    throw unreadable('a field holds half of a surrogate pair, which is no text; enter it again in Node-RED');
  }
}

function readPlain(value: JsonObject): Credentials {
  const entries = Object.entries(value).map(([nodeId, fields]: [string, JsonValue]): [string, JsonObject] => {
    if (nodeId === '__proto__' || !isObject(fields)) throw unreadable('an entry is not an object of fields', pointerPart(nodeId));
    return [nodeId, fields];
  });
  return Object.fromEntries(entries);
}

function unreadable(why: string, pointer = ''): SnapshotError {
  return new SnapshotError('CREDENTIALS_UNREADABLE', `The credentials cannot be read: ${why}.`, { pointer });
}
