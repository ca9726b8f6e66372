import type { CreateSnapshotRequest, VariableDeclaration } from '@sluice/contracts';
import {
  type Credentials,
  checkLockMatchesPackage,
  credentialsDigest,
  type FlowNode,
  type JsonObject,
  type Lock,
  lockDigest,
  type PackageManifest,
  type ParsedFlows,
  parseCredentials,
  parseFlows,
  parseLock,
  parsePackage,
  readCredentials,
  SnapshotError,
  snapshotDigest,
  variablesUsed,
} from '@sluice/snapshot';
import { CaptureError } from './capture-error.ts';
import { checkSettings } from './settings.ts';

/** The newest Node-RED that Sluice is tested with: what a snapshot gets that names none. */
export const defaultRuntimeVersion = '5.0.7';

/** Everything a snapshot consists of, checked and in its stored form. */
export type ReadRequest = {
  digest: string;
  flows: { nodes: readonly FlowNode[]; bytes: Uint8Array; revision: string };
  package: PackageManifest;
  lock: Lock | null;
  settings: JsonObject;
  variables: VariableDeclaration[];
  credentials: Credentials | null;
  runtimeVersion: string;
  nodeCount: number;
  flowCount: number;
};

/** What people once said about an application and its flows alone do not say. */
export type Declarations = { settings: Record<string, unknown>; variables: VariableDeclaration[] };

type Foreign = CreateSnapshotRequest['flows'];

/** A document that may be given as text or as JSON, as text. The order of members is kept: Node-RED's revision depends on it. */
function textOf(document: Foreign): string {
  return typeof document === 'string' ? document : JSON.stringify(document);
}

const exactVersion = /^\d+\.\d+\.\d+$/;

/** The exact Node-RED version: asked for, that of package.json, that of the lock, else the newest tested one. */
function runtimeVersionOf(request: CreateSnapshotRequest, manifest: PackageManifest, lock: Lock | null): string {
  const asked = request.runtimeVersion ?? manifest.dependencies['node-red'] ?? defaultRuntimeVersion;
  if (exactVersion.test(asked)) return asked;
  const locked = lock?.packages.get('node_modules/node-red')?.version;
  if (typeof locked === 'string' && exactVersion.test(locked)) return locked;
  throw new SnapshotError(
    'PACKAGE_MALFORMED',
    `Node-RED is asked for as ${asked}. Give it an exact version, add the lock, or set runtimeVersion.`,
    {
      pointer: '/dependencies/node-red',
    },
  );
}

/** The package.json that a release carries: with the runtime itself, so that one lock describes everything that runs. */
function readPackage(request: CreateSnapshotRequest, parsed: ParsedFlows): PackageManifest {
  if (request.package !== undefined) return parsePackage(textOf(request.package));
  return parsePackage(JSON.stringify({ dependencies: parsed.modules ?? {} }));
}

/** All credentials of the request: from their own file, from the flow file, and from inside nodes. */
function collectCredentials(request: CreateSnapshotRequest, parsed: ParsedFlows): Credentials | null {
  const secret = request.credentialSecret ?? null;
  const found: Credentials = Object.fromEntries(parsed.inlineCredentials);
  if (parsed.credentials !== null) Object.assign(found, readCredentials(parsed.credentials, secret));
  if (request.credentials !== undefined) Object.assign(found, parseCredentials(textOf(request.credentials), secret));
  return Object.keys(found).length === 0 ? null : found;
}

/** Whether the declaration says more than that the flows use the variable. */
function isMadeByHand({ required, secret, default: value }: VariableDeclaration): boolean {
  return !required || secret || value !== undefined;
}

/** The variables that the flows use, as they were declared before, with those that analysis cannot find and somebody has described. */
function variablesOfFlows(flows: readonly FlowNode[], before: readonly VariableDeclaration[]): VariableDeclaration[] {
  const used = variablesUsed(flows);
  const kept = before.filter((variable) => used.includes(variable.name) || isMadeByHand(variable));
  const known = new Set(kept.map(({ name }) => name));
  return [...kept, ...used.filter((name) => !known.has(name)).map((name) => ({ name, required: true, secret: false }))];
}

function declaredVariables(
  request: CreateSnapshotRequest,
  flows: readonly FlowNode[],
  before: readonly VariableDeclaration[],
): VariableDeclaration[] {
  if (request.variables === undefined) return variablesOfFlows(flows, before);
  const names = request.variables.map((variable) => variable.name);
  const repeated = names.findIndex((name, index) => names.indexOf(name) !== index);
  if (repeated !== -1) {
    const errors = [{ pointer: `/variables/${repeated}/name`, detail: 'is declared twice' }];
    throw new CaptureError('The variables are not valid: see errors.', errors);
  }
  return request.variables;
}

/**
 * Reads and checks everything of a request for a snapshot.
 * @param credentialsKey keys the digest of the credentials
 * @param before what the request goes on with where it brings nothing of its own
 * @throws SnapshotError, CaptureError
 */
export function readRequest(request: CreateSnapshotRequest, credentialsKey: Uint8Array, before?: Declarations): ReadRequest {
  const parsed = parseFlows(textOf(request.flows));
  const given = readPackage(request, parsed);
  const lock = request.lock === undefined ? null : parseLock(textOf(request.lock));
  const runtimeVersion = runtimeVersionOf(request, given, lock);
  const manifest: PackageManifest = { ...given, dependencies: { ...given.dependencies, 'node-red': runtimeVersion } };
  if (lock !== null) checkLockMatchesPackage(manifest, lock);
  const settings = request.settings ?? before?.settings ?? {};
  checkSettings(settings);
  const variables = declaredVariables(request, parsed.flows, before?.variables ?? []);
  const credentials = collectCredentials(request, parsed);
  const content = {
    flowsDigest: parsed.revision,
    credentialsDigest: credentials === null ? null : credentialsDigest(credentials, credentialsKey),
    package: manifest,
    lockDigest: lock === null ? null : lockDigest(lock),
    // Parsed from JSON by the request, so it is plain data; snapshotDigest refuses anything else.
    settings: settings as JsonObject,
    variables,
  };
  const flowCount = parsed.flows.filter((node) => node.type === 'tab').length;
  return {
    digest: snapshotDigest(content),
    flows: { nodes: parsed.flows, bytes: parsed.bytes, revision: parsed.revision },
    package: manifest,
    lock,
    settings: content.settings,
    variables,
    credentials,
    runtimeVersion,
    nodeCount: parsed.flows.length - flowCount,
    flowCount,
  };
}
