import type { TrustRole } from '@sluice/contracts';
import { TrustError } from './errors.ts';
import { malformed, readArray, readDigest, readInteger, readMembers, readObject, readOneOf, readString } from './parse.ts';
import { keyIdOf, type TufKey } from './signing-key.ts';

export type RootRole = { keyids: string[]; threshold: number };

/** What a root signs (TUF 1.0 section 4.3), with our roles instead of TUF's targets, snapshot and timestamp. `audit` may be absent. */
export type RootSigned = {
  _type: 'root';
  spec_version: string;
  version: number;
  expires: string;
  keys: Record<string, TufKey>;
  roles: Record<Exclude<TrustRole, 'audit'>, RootRole> & { audit?: RootRole };
  consistent_snapshot: boolean;
};
export type RootDocument = { signed: RootSigned; signatures: { keyid: string; sig: string }[] };

export const rootSpecVersion = '1.0.31';

const keysMax = 64;
const signaturesMax = 64;

/**
 * Reads a root document. Members and roles that we do not know are tolerated where TUF 1.0 says so (section 4.1), because the signature covers them
 * and an agent has to be able to follow a newer root.
 * @throws {TrustError} MALFORMED
 */
export function parseRootDocument(value: unknown): RootDocument {
  const document = readObject(value, '', ['signed', 'signatures']);
  const signatures = readArray(document['signatures'], '/signatures', signaturesMax, (signature, at) => {
    const { keyid, sig } = readObject(signature, at, ['keyid', 'sig']);
    return { keyid: readDigest(keyid, `${at}/keyid`), sig: readString(sig, `${at}/sig`, 128, /^[0-9a-f]{128}$/) };
  });
  return { signed: parseSigned(document['signed']), signatures };
}

function parseSigned(value: unknown): RootSigned {
  const members = readMembers(value, '/signed');
  const keys = parseKeys(members['keys']);
  const roles = readMembers(members['roles'], '/signed/roles');
  const role = (name: TrustRole): RootRole => parseRole(roles[name], `/signed/roles/${name}`, keys);
  if (typeof members['consistent_snapshot'] !== 'boolean') throw malformed('/signed/consistent_snapshot', 'true or false');
  return {
    _type: readOneOf(members['_type'], '/signed/_type', ['root'] as const),
    spec_version: readString(members['spec_version'], '/signed/spec_version', 20, /^1\.[0-9.]+$/),
    version: readInteger(members['version'], '/signed/version', 1),
    expires: readExpiry(members['expires']),
    keys,
    roles: {
      root: role('root'),
      release: role('release'),
      director: role('director'),
      time: role('time'),
      ...(Object.hasOwn(roles, 'audit') ? { audit: role('audit') } : {}),
    },
    consistent_snapshot: members['consistent_snapshot'],
  };
}

function parseKeys(value: unknown): Record<string, TufKey> {
  const entries = Object.entries(readMembers(value, '/signed/keys'));
  if (entries.length > keysMax) throw new TrustError('ENDLESS_DATA', `The root has more than ${keysMax} keys.`);
  return Object.fromEntries(entries.map(([keyId, key]) => [keyId, parseKey(keyId, key)]));
}

function parseKey(keyId: string, value: unknown): TufKey {
  const at = `/signed/keys/${keyId}`;
  const { keytype, scheme, keyval } = readMembers(value, at);
  const key: TufKey = {
    keytype: readOneOf(keytype, `${at}/keytype`, ['ed25519'] as const),
    scheme: readOneOf(scheme, `${at}/scheme`, ['ed25519'] as const),
    keyval: { public: readString(readMembers(keyval, `${at}/keyval`)['public'], `${at}/keyval/public`, 64, /^[0-9a-f]{64}$/) },
  };
  if (keyIdOf(publicKeyOf(key)) !== keyId) throw malformed(at, 'the id that belongs to this key');
  return key;
}

function parseRole(value: unknown, at: string, keys: Record<string, TufKey>): RootRole {
  const members = readMembers(value, at);
  const keyids = readArray(members['keyids'], `${at}/keyids`, keysMax, readDigest);
  if (new Set(keyids).size !== keyids.length) throw malformed(`${at}/keyids`, 'different keys');
  const unknown = keyids.find((keyId) => !Object.hasOwn(keys, keyId));
  if (unknown !== undefined) throw malformed(`${at}/keyids`, `keys of this root, not ${unknown}`);
  return { keyids, threshold: readInteger(members['threshold'], `${at}/threshold`, 1, Math.max(1, keyids.length)) };
}

/** TUF writes expiry in whole seconds: `2027-01-31T00:00:00Z`. */
function readExpiry(value: unknown): string {
  const text = readString(value, '/signed/expires', 20);
  const time = Date.parse(text);
  if (Number.isNaN(time) || formatExpiry(time) !== text) throw malformed('/signed/expires', 'a UTC time such as 2027-01-31T00:00:00Z');
  return text;
}

/** A moment (epoch milliseconds) in TUF's form, rounded down to seconds. */
export function formatExpiry(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`;
}

/** The public key of a TUF key object, as base64. */
export function publicKeyOf(key: TufKey): string {
  return Buffer.from(key.keyval.public, 'hex').toString('base64');
}
