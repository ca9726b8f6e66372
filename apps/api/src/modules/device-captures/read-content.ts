import type { CapturedContent, CapturedFacts, CapturedNode, CaptureWarning, CreateSnapshotRequest } from '@sluice/contracts';
import { type Credentials, type FlowNode, type Lock, parseFlows, parseLock, variablesUsed } from '@sluice/snapshot';
import type { SnapshotSource } from '@sluice/store';
import { storable } from '../device-reports/sanitize.ts';

/** The release that a device runs, with what its snapshot consists of. */
export type RunningRelease = {
  source: Pick<SnapshotSource, 'number' | 'flowsRevision' | 'packageJson' | 'settings' | 'variables' | 'runtimeVersion'>;
  /** Its package-lock.json; null when neither the release nor its snapshot has one. */
  lock: Uint8Array | null;
  credentials: Credentials;
};

/** What a device sent, understood. `request`: what a snapshot of it is made of; null when the flows are those of the release. */
export type ReadContent = { observed: CapturedFacts; warnings: CaptureWarning[]; request: CreateSnapshotRequest | null };

const namesShownMax = 10;

function listed(names: readonly string[]): string {
  const more = names.length - namesShownMax;
  return `${names.slice(0, namesShownMax).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

const nameOf = ({ name, type, id }: CapturedNode): string => (name === '' ? `${type} ${id}` : `"${name}" (${type})`);

function credentialWarnings({ compared, changed }: CapturedFacts['credentials'], known: Credentials): CaptureWarning[] {
  if (!compared) {
    const message = 'The device could not tell whether its credentials are those of the release. Those of the release were taken.';
    return [{ code: 'CREDENTIALS_UNKNOWN', message }];
  }
  const [other, fresh] = [true, false].map((isKnown) => changed.filter(({ id }) => Object.hasOwn(known, id) === isKnown).map(nameOf));
  const warnings: CaptureWarning[] = [];
  if (other !== undefined && other.length > 0) {
    const message = `On the device these nodes have other credentials than in the release: ${listed(other)}. Those of the release were taken.`;
    warnings.push({ code: 'CREDENTIALS_DIFFER', message });
  }
  if (fresh !== undefined && fresh.length > 0) {
    const message = `These nodes have credentials on the device, which never leave it: ${listed(fresh)}. Give the snapshot theirs before you publish.`;
    warnings.push({ code: 'CREDENTIALS_NEW', message });
  }
  return warnings;
}

function moduleWarnings({ modules }: CapturedFacts, lock: Lock | null): CaptureWarning[] {
  const different = Object.entries(modules).flatMap(([name, version]) => {
    const locked = lock?.packages.get(`node_modules/${name}`)?.version;
    return locked === undefined || locked === version ? [] : [`${name} ${version} instead of ${locked}`];
  });
  if (different.length === 0) return [];
  return [{ code: 'MODULES_DIFFER', message: `On the device run other versions than the lock says: ${listed(different)}.` }];
}

function runtimeWarnings({ source, runtimeVersion }: CapturedFacts, released: string): CaptureWarning[] {
  if (source === 'files')
    return [{ code: 'NOT_RUNNING', message: 'No runtime was up on the device: these are the flows that it would start with.' }];
  // Node-RED adds "-git" when a repository lies above it.
  if (runtimeVersion === null || runtimeVersion.replace(/-git$/, '') === released) return [];
  return [{ code: 'RUNTIME_DIFFERS', message: `On the device runs Node-RED ${runtimeVersion}, the release names ${released}.` }];
}

/** Flows as a device sends them have no credentials; whatever stands there all the same is dropped, never kept. */
function withoutCredentials(nodes: readonly unknown[]): unknown[] {
  return nodes.map((node) => {
    if (typeof node !== 'object' || node === null || !Object.hasOwn(node, 'credentials')) return node;
    const { credentials: _credentials, ...rest } = node as Record<string, unknown>;
    return rest;
  });
}

/** Names that the flows need now and the release did not: without them the snapshot could not run. */
function newVariables(flows: readonly FlowNode[], { variables }: RunningRelease['source']): string[] {
  const declared = new Set(variables.map((variable) => variable.name));
  return variablesUsed(flows).filter((name) => !declared.has(name));
}

/**
 * Compares what runs on a device with the release that it runs. Everything but the flows is taken over from the release: the device says what
 * runs, not what may run.
 * @param asked the message of the snapshot, and the device, by which the snapshot is found again
 * @throws SnapshotError FLOWS_MALFORMED, FLOWS_TOO_LARGE
 */
export function readContent(content: CapturedContent, release: RunningRelease, asked: { deviceId: string; message: string }): ReadContent {
  const { flows, releaseDigest: _releaseDigest, ...facts } = content;
  const text = JSON.stringify(withoutCredentials(flows));
  const parsed = parseFlows(text);
  const observed: CapturedFacts = { ...storable(facts), flowsRevision: parsed.revision };
  const { source } = release;
  const lock = release.lock === null ? null : parseLock(release.lock);
  const warnings = [
    ...runtimeWarnings(observed, source.runtimeVersion),
    ...credentialWarnings(observed.credentials, release.credentials),
    ...moduleWarnings(observed, lock),
  ];
  if (parsed.revision === source.flowsRevision) return { observed, warnings, request: null };
  const fresh = newVariables(parsed.flows, source);
  if (fresh.length > 0)
    warnings.push({
      code: 'VARIABLES_NEW',
      message: `The flows use ${listed(fresh)}, which the release does not declare: declared as required.`,
    });
  const ids = new Set(parsed.flows.map((node) => node.id));
  const credentials = Object.fromEntries(Object.entries(release.credentials).filter(([id]) => ids.has(id)));
  const request: CreateSnapshotRequest = {
    flows: text,
    package: source.packageJson,
    ...(release.lock === null ? {} : { lock: Buffer.from(release.lock).toString('utf8') }),
    ...(Object.keys(credentials).length === 0 ? {} : { credentials }),
    settings: source.settings,
    variables: [...source.variables, ...fresh.map((name) => ({ name, required: true, secret: false }))],
    runtimeVersion: source.runtimeVersion,
    message: asked.message,
    parent: source.number,
    labels: { source: 'device', device: asked.deviceId },
  };
  return { observed, warnings, request };
}
