// INVARIANTS
// 1. Nothing is changed: neither the runtime nor a file. What asks for a capture is not signed, so it may do no more than look.
// 2. Credentials never leave the device: neither their values nor digests that could be tried out elsewhere (the key is made for one look).
import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import type { CapturedContent, CapturedNode, RunningFlows } from '@sluice/contracts';
import { canonicalJson } from '@sluice/trust';
import { AgentError } from '../errors.ts';
import { credentialsFile, flowsFile, type Installation, type InstallationStore } from '../install/installation.ts';
import type { Layout } from '../layout.ts';
import type { FileSystem, Random } from '../ports/index.ts';
import { decryptCredentials } from '../runtime/node-red/credentials.ts';
import type { Supervisor } from '../runtime/supervisor.ts';

export type TakeCaptureDeps = {
  fileSystem: FileSystem;
  layout: Layout;
  random: Pick<Random, 'randomBytes'>;
  supervisor: Pick<Supervisor, 'runningFlows' | 'wanted'>;
  installations: Pick<InstallationStore, 'require' | 'inputs'>;
  credentialSecret: string;
};

/** As many as the control plane takes. */
const nodesListedMax = 200;
const textLengthMax = 200;
const modulesMax = 1_000;

type Fingerprints = Readonly<Record<string, string>>;
type Found = Pick<CapturedContent, 'source' | 'runtimeVersion'> & {
  installation: Installation;
  flows: unknown[];
  /** Undefined when the credentials could not be read. */
  fingerprints: Fingerprints | undefined;
};

async function readJson(fileSystem: FileSystem, path: string): Promise<unknown> {
  const bytes = await fileSystem.read(path);
  if (bytes === undefined) return undefined;
  return JSON.parse(
    Buffer.from(bytes)
      .toString('utf8')
      .replace(/^\uFEFF/, ''),
  );
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const textOf = (value: unknown): string => (typeof value === 'string' ? value.slice(0, textLengthMax) : '');

function fingerprintsOf(credentials: Readonly<Record<string, unknown>>, key: Uint8Array): Fingerprints {
  const holders = Object.entries(credentials).filter(([, own]) => isObject(own) && Object.keys(own).length > 0);
  return Object.fromEntries(holders.map(([id, own]) => [id, createHmac('sha256', key).update(canonicalJson(own)).digest('hex')]));
}

/** What the runtime would start with, when none is up. */
async function readStored(deps: TakeCaptureDeps, installation: Installation, key: Uint8Array): Promise<Found> {
  const folder = deps.layout.installation(installation.name);
  const flows = await readJson(deps.fileSystem, join(folder, flowsFile)).catch(() => undefined);
  if (!Array.isArray(flows))
    throw new AgentError('FLOWS_MALFORMED', 'The stored flows are no list of nodes; Node-RED would start without any.');
  const stored = await readJson(deps.fileSystem, join(folder, credentialsFile)).catch(() => undefined);
  const credentials = isObject(stored) ? decryptCredentials(stored, deps.credentialSecret) : undefined;
  const fingerprints = credentials === undefined ? undefined : fingerprintsOf(credentials, key);
  return { source: 'files', runtimeVersion: null, installation, flows, fingerprints };
}

async function find(deps: TakeCaptureDeps, key: Uint8Array): Promise<Found> {
  const running = await deps.supervisor.runningFlows(Buffer.from(key).toString('base64'));
  if (running !== null) {
    const { flows, runtimeVersion, fingerprints }: RunningFlows = running.flows;
    return { source: 'runtime', installation: await deps.installations.require(running.installation), flows, runtimeVersion, fingerprints };
  }
  const wanted = deps.supervisor.wanted();
  if (wanted === null) throw new AgentError('NOTHING_RUNS', 'The device runs no release.');
  return readStored(deps, wanted, key);
}

/** Nodes with other credentials than the release gave them. */
async function compareCredentials(deps: TakeCaptureDeps, found: Found, key: Uint8Array): Promise<CapturedContent['credentials']> {
  const given = await deps.installations.inputs(found.installation).catch(() => undefined);
  if (given === undefined || found.fingerprints === undefined) return { compared: false, changed: [] };
  const [expected, actual] = [fingerprintsOf(given.credentials, key), found.fingerprints];
  const changed = found.flows.flatMap((node): CapturedNode[] => {
    const id: unknown = isObject(node) ? node['id'] : undefined;
    if (!isObject(node) || typeof id !== 'string' || expected[id] === actual[id]) return [];
    return [{ id: textOf(id), type: textOf(node['type']), name: textOf(node['name']) }];
  });
  return { compared: true, changed: changed.slice(0, nodesListedMax) };
}

/** The versions that lie in the module tree, of what the release's package.json names. */
async function readModules({ fileSystem, layout }: TakeCaptureDeps, installation: Installation): Promise<Record<string, string>> {
  const manifest = await readJson(fileSystem, join(layout.release(installation.releaseDigest), 'files', 'package.json')).catch(
    () => undefined,
  );
  const dependencies = isObject(manifest) ? manifest['dependencies'] : undefined;
  const modules: Record<string, string> = {};
  for (const name of isObject(dependencies) ? Object.keys(dependencies).slice(0, modulesMax) : []) {
    const path = join(layout.moduleTree(installation.lockDigest), 'node_modules', name, 'package.json');
    const found = await readJson(fileSystem, path).catch(() => undefined);
    const version = isObject(found) ? found['version'] : undefined;
    if (typeof version === 'string') modules[name] = version.slice(0, 256);
  }
  return modules;
}

function withoutCredentials(node: unknown): unknown {
  if (!isObject(node) || !Object.hasOwn(node, 'credentials')) return node;
  const { credentials: _credentials, ...rest } = node;
  return rest;
}

/**
 * Looks at what runs here now: the flows inside the runtime, or, when none is up, those it would start with.
 * @throws AgentError NOTHING_RUNS, FLOWS_MALFORMED; any error when the runtime is up and cannot be asked
 */
export async function takeCapture(deps: TakeCaptureDeps): Promise<CapturedContent> {
  const key = deps.random.randomBytes(32);
  const found = await find(deps, key);
  return {
    source: found.source,
    releaseDigest: found.installation.releaseDigest,
    flows: found.flows.map(withoutCredentials),
    runtimeVersion: found.runtimeVersion,
    modules: await readModules(deps, found.installation),
    credentials: await compareCredentials(deps, found, key),
  };
}
