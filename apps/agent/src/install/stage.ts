import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import type { Assignment, DeviceConfiguration, ReleaseManifest } from '@sluice/contracts';
import { checkFile, checkFileSet, TrustError } from '@sluice/trust';
import { AgentError } from '../errors.ts';
import { completeMark, type Layout } from '../layout.ts';
import type { FileSystem } from '../ports/index.ts';
import { type Installation, inputsDigestOf, inputsOf, installationName } from './installation.ts';
import { satisfiesRange } from './version-range.ts';

/** Every file below a folder, as paths with forward slashes. Links and devices are listed too: none of them may be there. */
async function listFiles(fileSystem: FileSystem, folder: string, prefix = ''): Promise<string[]> {
  const paths: string[] = [];
  for (const name of await fileSystem.list(folder)) {
    const stats = await fileSystem.stat(join(folder, name));
    if (stats?.kind === 'folder') paths.push(...(await listFiles(fileSystem, join(folder, name), `${prefix}${name}/`)));
    else if (stats?.kind === 'file') paths.push(prefix + name);
    else throw new TrustError('UNLISTED_FILE', `"${prefix}${name}" is not an ordinary file.`);
  }
  return paths;
}

/** The folders below a release's own that hold its files: each file was synced when it came, the names of the folders were not. */
function foldersOf(manifest: ReleaseManifest, incoming: string): Set<string> {
  const folders = new Set<string>();
  for (const { path } of manifest.files) {
    for (let folder = dirname(join(incoming, 'files', path)); folder !== incoming; folder = dirname(folder)) folders.add(folder);
  }
  return folders;
}

/**
 * Turns the incoming folder of a release into the release: exactly the listed files, each with its digest, then one rename.
 * @throws TrustError UNLISTED_FILE, MIX_AND_MATCH, HASH_MISMATCH
 */
export async function completeRelease(
  fileSystem: FileSystem,
  layout: Layout,
  release: { digest: string; manifest: ReleaseManifest },
): Promise<void> {
  const target = layout.release(release.digest);
  if (await isReleaseComplete(fileSystem, layout, release.digest)) return;
  const incoming = layout.incoming(release.digest);
  checkFileSet(release.manifest, await listFiles(fileSystem, join(incoming, 'files')));
  for (const file of release.manifest.files) {
    checkFile(file, (await fileSystem.read(join(incoming, 'files', file.path))) ?? new Uint8Array());
  }
  for (const folder of foldersOf(release.manifest, incoming)) await fileSystem.syncFolder(folder);
  await fileSystem.write(join(incoming, completeMark), new Uint8Array());
  await fileSystem.syncFile(join(incoming, completeMark));
  await fileSystem.syncFolder(incoming);
  await fileSystem.remove(target);
  await fileSystem.rename(incoming, target);
  await fileSystem.syncFolder(layout.releases);
}

export async function isReleaseComplete(fileSystem: FileSystem, layout: Layout, digest: string): Promise<boolean> {
  return (await fileSystem.stat(join(layout.release(digest), completeMark))) !== undefined;
}

/** Reads a file of a complete release. @throws AgentError FLOWS_MALFORMED when the release does not have it */
export async function readReleaseFile(
  fileSystem: FileSystem,
  layout: Layout,
  options: { digest: string; path: string },
): Promise<Uint8Array> {
  const bytes = await fileSystem.read(join(layout.release(options.digest), 'files', options.path));
  if (bytes === undefined) throw new AgentError('FLOWS_MALFORMED', `The release has no ${options.path}.`);
  return bytes;
}

/** The description of the installation of a release with a configuration. Pure. */
export function describeInstallation(
  assignment: Assignment & { releaseDigest: string },
  manifest: ReleaseManifest,
  configuration: DeviceConfiguration | null,
): Installation {
  const settings = manifest.files.find((file) => file.path === 'settings.json');
  return {
    name: installationName(assignment.releaseDigest, assignment.configurationDigest),
    applicationId: manifest.applicationId,
    releaseDigest: assignment.releaseDigest,
    releaseCounter: manifest.releaseCounter,
    releaseName: manifest.releaseName,
    configurationDigest: assignment.configurationDigest,
    lockDigest: manifest.lockDigest,
    settingsDigest: settings?.sha256 ?? '',
    runtimeVersion: manifest.runtime.version,
    flowsRevision: manifest.flowsRevision,
    inputsDigest: inputsDigestOf(inputsOf(manifest.variables, configuration)),
    variables: manifest.variables,
    healthPolicy: manifest.healthPolicy,
  };
}

/** Whether this host can run the release at all. @throws AgentError RUNTIME_UNFIT */
export function requireFittingHost(manifest: ReleaseManifest, nodeVersion: string): void {
  if (satisfiesRange(nodeVersion, manifest.runtime.node)) return;
  throw new AgentError('RUNTIME_UNFIT', `The release needs Node ${manifest.runtime.node}, this device has ${nodeVersion}.`);
}

/** What Node-RED will make of the flows, found out before they run. @throws AgentError FLOWS_MALFORMED, FLOWS_REVISION_DIFFERS */
export function requireRunnableFlows(bytes: Uint8Array, manifest: ReleaseManifest): void {
  let flows: unknown;
  try {
    flows = JSON.parse(
      Buffer.from(bytes)
        .toString('utf8')
        .replace(/^\uFEFF/, ''),
    );
  } catch (cause) {
    throw new AgentError('FLOWS_MALFORMED', 'flows.json is not JSON; Node-RED would start with no flows at all.', { cause });
  }
  if (!Array.isArray(flows) || !flows.every((node) => typeof node === 'object' && node !== null)) {
    throw new AgentError('FLOWS_MALFORMED', 'flows.json is not a list of nodes.');
  }
  const revision = createHash('sha256').update(JSON.stringify(flows)).digest('hex');
  if (revision !== manifest.flowsRevision) {
    throw new AgentError('FLOWS_REVISION_DIFFERS', `flows.json has revision ${revision}, the manifest says ${manifest.flowsRevision}.`);
  }
}

/** Whether the installed tree holds the runtime that the manifest names. @throws AgentError RUNTIME_UNFIT */
export async function requireRuntime(fileSystem: FileSystem, moduleTree: string, version: string): Promise<void> {
  const bytes = await fileSystem.read(join(moduleTree, 'node_modules', 'node-red', 'package.json'));
  const found: unknown = bytes === undefined ? undefined : JSON.parse(Buffer.from(bytes).toString('utf8')).version;
  if (found === version) return;
  throw new AgentError('RUNTIME_UNFIT', `The modules hold Node-RED ${String(found ?? 'not at all')}, the release was made for ${version}.`);
}
