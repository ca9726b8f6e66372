import { malformed } from './bundle-error.ts';

export const bundleFormat = 1;

/** A node whose credentials the release needs and the bundle does not hold: which fields it has, never their values. */
export type NeededCredentials = { nodeId: string; type: string; name: string; fields: string[] };

/** What `bundle.json` says. Nobody signed it: what counts of it is held against what was signed. */
export type BundleFacts = {
  format: typeof bundleFormat;
  organizationId: string;
  applicationId: string;
  applicationName: string;
  release: { name: string; counter: number; digest: string };
  snapshot: {
    number: number;
    message: string;
    createdBy: string;
    createdAt: string;
    /** False: its lock was made when the release was published. */
    hasLock: boolean;
  };
  /** Null: the snapshot has none. `digest` is keyed: it tells nothing of the values, and is a part of the snapshot's digest. */
  credentials: { digest: string; nodes: NeededCredentials[] } | null;
  blobs: number;
};

type Members = Readonly<Record<string, unknown>>;

const digestPattern = /^[0-9a-f]{64}$/;
const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const nodesMax = 100_000;
const fieldsMax = 1000;

function membersOf(value: unknown, at: string): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed(`${at} of bundle.json is no object`);
  return value as Members;
}

function textOf(members: Members, name: string, options: { lengthMax?: number; pattern?: RegExp } = {}): string {
  const value = Object.hasOwn(members, name) ? members[name] : undefined;
  const { lengthMax = 200, pattern } = options;
  if (typeof value !== 'string' || value.length > lengthMax || value.includes('\0') || pattern?.test(value) === false) {
    throw malformed(`${name} of bundle.json is not what it should be`);
  }
  return value;
}

function countOf(members: Members, name: string): number {
  const value = Object.hasOwn(members, name) ? members[name] : undefined;
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0 || value > 2_147_483_647) {
    throw malformed(`${name} of bundle.json is no count`);
  }
  return value;
}

function listOf(members: Members, name: string, lengthMax: number): unknown[] {
  const value = Object.hasOwn(members, name) ? members[name] : undefined;
  if (!Array.isArray(value) || value.length > lengthMax) throw malformed(`${name} of bundle.json is no list, or too long`);
  return value;
}

function credentialsOf(value: unknown): BundleFacts['credentials'] {
  if (value === null) return null;
  const members = membersOf(value, 'credentials');
  const nodes = listOf(members, 'nodes', nodesMax).map((each): NeededCredentials => {
    const node = membersOf(each, 'a node');
    const fields = listOf(node, 'fields', fieldsMax).map((field) => textOf({ field }, 'field'));
    return { nodeId: textOf(node, 'nodeId'), type: textOf(node, 'type'), name: textOf(node, 'name', { lengthMax: 1000 }), fields };
  });
  return { digest: textOf(members, 'digest', { pattern: digestPattern }), nodes };
}

/** Reads `bundle.json` strictly; members that it does not know are left out. @throws BundleError BUNDLE_MALFORMED */
export function parseBundleFacts(bytes: Uint8Array): BundleFacts {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw malformed('bundle.json is not JSON', cause);
  }
  const members = membersOf(value, 'the whole');
  if (members['format'] !== bundleFormat) throw malformed(`its format is ${String(members['format'])}, this program reads ${bundleFormat}`);
  const release = membersOf(members['release'], 'release');
  const snapshot = membersOf(members['snapshot'], 'snapshot');
  if (typeof snapshot['hasLock'] !== 'boolean') throw malformed('hasLock of bundle.json is neither true nor false');
  return {
    format: bundleFormat,
    organizationId: textOf(members, 'organizationId', { pattern: uuidPattern }),
    applicationId: textOf(members, 'applicationId', { pattern: uuidPattern }),
    applicationName: textOf(members, 'applicationName'),
    release: {
      name: textOf(release, 'name'),
      counter: countOf(release, 'counter'),
      digest: textOf(release, 'digest', { pattern: digestPattern }),
    },
    snapshot: {
      number: countOf(snapshot, 'number'),
      message: textOf(snapshot, 'message', { lengthMax: 4000 }),
      createdBy: textOf(snapshot, 'createdBy'),
      createdAt: textOf(snapshot, 'createdAt', { lengthMax: 40 }),
      hasLock: snapshot['hasLock'],
    },
    credentials: credentialsOf(members['credentials']),
    blobs: countOf(members, 'blobs'),
  };
}
