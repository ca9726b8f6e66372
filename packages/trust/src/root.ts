import type { TrustRole } from '@sluice/contracts';
import { canonicalJson } from './canonical-json.ts';
import { type KeySet, requireThreshold } from './dsse.ts';
import { TrustError } from './errors.ts';
import {
  formatExpiry,
  parseRootDocument,
  publicKeyOf,
  type RootDocument,
  type RootRole,
  type RootSigned,
  rootSpecVersion,
} from './root-document.ts';
import { keyIdOf, type Signer, signBytes, tufKeyOf } from './signing-key.ts';

/** A root that passed `verifyRoot` or `verifyRootRotation`. Everything else is verified against one of these. */
export type TrustedRoot = {
  readonly document: RootDocument;
  readonly version: number;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
};

/** Public keys (base64) of a role and how many of them have to sign. */
export type RoleKeys = { publicKeys: readonly string[]; threshold: number };

const rootBytesMax = 256 * 1024;

/**
 * Makes a root document and signs it with the given keys (those of its own `root` role and, for a rotation, those of the root before it).
 * @param options.expiresAt epoch milliseconds; written in whole seconds, as TUF does
 */
export function createRoot(options: {
  version: number;
  expiresAt: number;
  roles: Record<Exclude<TrustRole, 'audit'>, RoleKeys> & { audit?: RoleKeys };
  signers: readonly Signer[];
}): RootDocument {
  const { root, release, director, time, audit } = options.roles;
  const all = [root, release, director, time, ...(audit === undefined ? [] : [audit])];
  const publicKeys = new Set(all.flatMap((role) => role.publicKeys));
  const signed: RootSigned = {
    _type: 'root',
    spec_version: rootSpecVersion,
    version: options.version,
    expires: formatExpiry(options.expiresAt),
    keys: Object.fromEntries([...publicKeys].map((publicKey) => [keyIdOf(publicKey), tufKeyOf(publicKey)])),
    roles: {
      root: rootRole(root),
      release: rootRole(release),
      director: rootRole(director),
      time: rootRole(time),
      ...(audit === undefined ? {} : { audit: rootRole(audit) }),
    },
    consistent_snapshot: false,
  };
  return parseRootDocument({ signed, signatures: options.signers.map((signer) => signRootWith(signed, signer)) });
}

/** One signature of a root (TUF 1.0 section 4.2.1), for ceremonies in which each key holder signs apart. */
export function signRootWith(signed: RootSigned, signer: Signer): { keyid: string; sig: string } {
  return { keyid: signer.keyId, sig: Buffer.from(signBytes(canonicalJson(signed), signer.privateKey)).toString('hex') };
}

/**
 * Verifies a root by its own keys. This proves that it is whole, not that it is *ours*: pin it at enrollment and follow it with `verifyRootRotation`.
 * Expiry is checked apart (`checkRootExpiry`), because it stops new installs and never a running flow.
 * @throws {TrustError} SIGNATURE, ENDLESS_DATA, MALFORMED
 */
export function verifyRoot(value: unknown): TrustedRoot {
  return verifyRootBy(value, (root) => [keysForRole(root, 'root')]);
}

/**
 * Follows a rotation from version N to N+1: signed by the threshold of the old root *and* of the new one (TUF 1.0 section 5.3.4 and 5.3.5).
 * @throws {TrustError} ROLLBACK_DETECTED for any other version than N+1, SIGNATURE, ENDLESS_DATA, MALFORMED
 */
export function verifyRootRotation(trusted: TrustedRoot, value: unknown): TrustedRoot {
  const next = verifyRootBy(value, (root) => [keysForRole(trusted, 'root'), keysForRole(root, 'root')]);
  if (next.version !== trusted.version + 1) {
    throw new TrustError('ROLLBACK_DETECTED', `Root ${next.version} cannot follow root ${trusted.version}.`);
  }
  return next;
}

function verifyRootBy(value: unknown, keySets: (root: TrustedRoot) => KeySet[]): TrustedRoot {
  const document = parseRootDocument(value);
  // What was signed is the member as it arrived, unknown members included.
  const message = canonicalJson((value as { signed: unknown }).signed);
  if (message.length > rootBytesMax) throw new TrustError('ENDLESS_DATA', `The root is longer than ${rootBytesMax} bytes.`);
  const root: TrustedRoot = { document, version: document.signed.version, expiresAt: Date.parse(document.signed.expires) };
  const signatures = document.signatures.map(({ keyid, sig }) => ({ keyId: keyid, signature: new Uint8Array(Buffer.from(sig, 'hex')) }));
  for (const keySet of keySets(root)) requireThreshold(message, signatures, keySet);
  return root;
}

/**
 * Throws EXPIRED when the root is too old to install anything new.
 * @param now epoch milliseconds
 */
export function checkRootExpiry(root: TrustedRoot, now: number): void {
  if (now >= root.expiresAt) {
    throw new TrustError('EXPIRED', `Root ${root.version} expired at ${root.document.signed.expires}; rotate it to install again.`);
  }
}

/** The keys that may sign for a role, and how many of them have to. A role that the root does not carry has no keys. */
export function keysForRole(root: TrustedRoot, role: TrustRole): KeySet {
  const { keys, roles } = root.document.signed;
  const { keyids, threshold } = roles[role] ?? { keyids: [], threshold: 1 };
  return {
    threshold,
    keys: new Map(
      keyids.flatMap((keyId) => {
        const key = keys[keyId];
        return key === undefined ? [] : [[keyId, publicKeyOf(key)] as const];
      }),
    ),
  };
}

function rootRole(role: RoleKeys): RootRole {
  return { keyids: role.publicKeys.map(keyIdOf), threshold: role.threshold };
}
