import type { Envelope, ReleaseFile, ReleaseManifest, VariableDeclaration } from '@sluice/contracts';
import { decodeBase64 } from './base64.ts';
import { sha256Hex } from './digest.ts';
import { parseEnvelope, payloadDigest, verifyEnvelope } from './dsse.ts';
import { TrustError } from './errors.ts';
import { conflictingPath, isSafePath } from './file-path.ts';
import { parseHealthPolicy } from './health-policy.ts';
import {
  malformed,
  readArray,
  readBoolean,
  readDigest,
  readInteger,
  readObject,
  readOneOf,
  readString,
  readTimestamp,
  readUuid,
} from './parse.ts';
import { parseCanonicalJson, payloadTypes, signPayload } from './payload.ts';
import { keysForRole, type TrustedRoot } from './root.ts';
import type { Signer } from './signing-key.ts';

const manifestBytesMax = 4 * 1024 * 1024;
const filesMax = 1000;
const variablesMax = 10_000;
export const variableNamePattern = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;

/** What a device knows about a release before it sees the manifest: from its verified assignment, and from what it committed before. */
export type ReleaseExpectation = {
  /** `releaseDigest` of the assignment: SHA-256 of the manifest's payload. */
  digest: string;
  organizationId: string;
  applicationId: string;
  /** `releaseCounter` of the assignment. */
  releaseCounter: number;
  /** The highest counter this device ever *committed* for the application; 0 when none. */
  minimumReleaseCounter: number;
};

/** Signs a release manifest; `digest` is the release's name everywhere. */
export function signRelease(manifest: ReleaseManifest, signers: readonly Signer[]): { envelope: Envelope; digest: string } {
  const envelope = signPayload(payloadTypes.release, manifest, parseReleaseManifest, signers);
  return { envelope, digest: payloadDigest(envelope) };
}

/**
 * Verifies a release manifest in the order of the device protocol: digest as assigned, threshold of the `release` role, strict reading, the same
 * organization, application and counter as assigned, counter not lower than the last committed one.
 * Whether the runtime fits the host is left to the agent: it is no attack, and needs version ranges.
 * @throws {TrustError} MIX_AND_MATCH, SIGNATURE, ROLLBACK_DETECTED, ENDLESS_DATA, MALFORMED
 */
export function verifyRelease(value: unknown, root: TrustedRoot, expectation: ReleaseExpectation): ReleaseManifest {
  const envelope = parseEnvelope(value, manifestBytesMax);
  const digest = sha256Hex(decodeBase64(envelope.payload, 'payload'));
  if (digest !== expectation.digest) {
    throw new TrustError('MIX_AND_MATCH', `Release ${digest} was delivered, ${expectation.digest} is assigned.`);
  }
  const payload = verifyEnvelope(envelope, {
    ...keysForRole(root, 'release'),
    payloadType: payloadTypes.release,
    payloadBytesMax: manifestBytesMax,
  });
  const manifest = parseReleaseManifest(parseCanonicalJson(payload));
  for (const name of ['organizationId', 'applicationId', 'releaseCounter'] as const) {
    if (manifest[name] !== expectation[name]) {
      throw new TrustError('MIX_AND_MATCH', `The release has ${name} ${manifest[name]}, the assignment ${expectation[name]}.`);
    }
  }
  checkReleaseCounter(manifest.releaseCounter, expectation.minimumReleaseCounter);
  return manifest;
}

/**
 * Throws ROLLBACK_DETECTED when a release is older than what the device committed. Going back is a new release with a higher counter.
 * @param minimum the highest counter ever committed for the application; 0 when none
 */
export function checkReleaseCounter(counter: number, minimum: number): void {
  if (counter < minimum)
    throw new TrustError('ROLLBACK_DETECTED', `Release counter ${counter} is lower than ${minimum}, which was committed before.`);
}

/** Reads a release manifest strictly, its file paths included. @throws {TrustError} MALFORMED */
export function parseReleaseManifest(value: unknown): ReleaseManifest {
  const members = readObject(value, '', [
    'organizationId',
    'applicationId',
    'releaseCounter',
    'releaseName',
    'snapshotDigest',
    'files',
    'lockDigest',
    'runtime',
    'flowsRevision',
    'variables',
    'healthPolicy',
    'minimumAgentVersion',
    'createdAt',
  ]);
  return {
    organizationId: readUuid(members['organizationId'], '/organizationId'),
    applicationId: readUuid(members['applicationId'], '/applicationId'),
    releaseCounter: readInteger(members['releaseCounter'], '/releaseCounter', 1),
    releaseName: readString(members['releaseName'], '/releaseName', 100),
    snapshotDigest: readDigest(members['snapshotDigest'], '/snapshotDigest'),
    files: parseFiles(members['files']),
    lockDigest: readDigest(members['lockDigest'], '/lockDigest'),
    runtime: parseRuntime(members['runtime']),
    flowsRevision: readDigest(members['flowsRevision'], '/flowsRevision'),
    variables: parseVariables(members['variables']),
    healthPolicy: parseHealthPolicy(members['healthPolicy'], '/healthPolicy'),
    minimumAgentVersion: readString(members['minimumAgentVersion'], '/minimumAgentVersion', 100),
    createdAt: readTimestamp(members['createdAt'], '/createdAt'),
  };
}

function parseFiles(value: unknown): ReleaseFile[] {
  const files = readArray(value, '/files', filesMax, (file, at): ReleaseFile => {
    const members = readObject(file, at, ['path', 'sha256', 'length']);
    const path = readString(members['path'], `${at}/path`, 300);
    if (!isSafePath(path)) throw malformed(`${at}/path`, 'a relative path without "..", ".", empty parts, backslashes or colons');
    return {
      path,
      sha256: readDigest(members['sha256'], `${at}/sha256`),
      length: readInteger(members['length'], `${at}/length`, 0),
    };
  });
  const conflict = conflictingPath(files.map((file) => file.path));
  if (conflict !== undefined) throw malformed('/files', `different files; "${conflict}" collides with another one`);
  return files;
}

function parseRuntime(value: unknown): ReleaseManifest['runtime'] {
  const { kind, version, node } = readObject(value, '/runtime', ['kind', 'version', 'node']);
  return {
    kind: readOneOf(kind, '/runtime/kind', ['node-red'] as const),
    version: readString(version, '/runtime/version', 200),
    node: readString(node, '/runtime/node', 200),
  };
}

function parseVariables(value: unknown): VariableDeclaration[] {
  const variables = readArray(value, '/variables', variablesMax, (variable, at): VariableDeclaration => {
    const members = readObject(variable, at, ['name', 'required', 'secret'], ['default']);
    return {
      name: readString(members['name'], `${at}/name`, 128, variableNamePattern),
      required: readBoolean(members['required'], `${at}/required`),
      secret: readBoolean(members['secret'], `${at}/secret`),
      ...(Object.hasOwn(members, 'default') ? { default: readString(members['default'], `${at}/default`, 65_536) } : {}),
    };
  });
  if (new Set(variables.map((variable) => variable.name)).size !== variables.length) throw malformed('/variables', 'different names');
  return variables;
}
