import { join } from 'node:path';
import type { Assignment, DeviceConfiguration, Envelope, ModuleList, ReleaseManifest } from '@sluice/contracts';
import {
  checkFile,
  configurationContext,
  moduleListFile,
  moduleListPath,
  open,
  readModuleList,
  verifyConfiguration,
  verifyRelease,
} from '@sluice/trust';
import { writeDurably } from '../../durable/write.ts';
import { AgentError } from '../../errors.ts';
import { baselineOf } from '../../health/baseline.ts';
import { bytesNeeded, moduleBytesNeeded, requireSpace } from '../../install/disk.ts';
import { downloadRelease, fetchPatiently, readManifestEnvelope, writeManifestEnvelope } from '../../install/download.ts';
import { installationName } from '../../install/installation.ts';
import { ensureModules, fetchModules, missingForTree } from '../../install/modules.ts';
import {
  completeRelease,
  describeInstallation,
  isReleaseComplete,
  readReleaseFile,
  requireFittingHost,
  requireRunnableFlows,
  requireRuntime,
} from '../../install/stage.ts';
import { isAtLeast } from '../../install/version-range.ts';
import { encryptCredentials } from '../../runtime/node-red/credentials.ts';
import { hasFailed } from '../../trust-state.ts';
import type { Step, UpdateContext } from '../context.ts';
import type { JournalRecord } from '../record.ts';

type ReleaseAssignment = Assignment & { releaseDigest: string; applicationId: string };

function releaseAssignment(record: JournalRecord): ReleaseAssignment {
  const { assignment } = record;
  if (assignment?.releaseDigest == null || assignment.applicationId === null)
    throw new AgentError('INTERNAL', 'There is no release to install.');
  return { ...assignment, releaseDigest: assignment.releaseDigest, applicationId: assignment.applicationId };
}

function verifyManifest(context: UpdateContext, assignment: ReleaseAssignment, envelope: unknown): ReleaseManifest {
  const root = context.trust.root();
  if (root === undefined) throw new AgentError('INTERNAL', 'There is no root to verify with.');
  return verifyRelease(envelope, root, {
    digest: assignment.releaseDigest,
    organizationId: assignment.organizationId,
    applicationId: assignment.applicationId,
    releaseCounter: assignment.releaseCounter,
    minimumReleaseCounter: context.trust.read().committedCounters[assignment.applicationId] ?? 0,
  });
}

/** The manifest that VERIFY kept. It is verified each time it is read from the disk. */
async function loadManifest(context: UpdateContext, assignment: ReleaseAssignment): Promise<ReleaseManifest> {
  const { fileSystem, layout } = context;
  const envelope =
    (await readManifestEnvelope(fileSystem, layout.release(assignment.releaseDigest))) ??
    (await readManifestEnvelope(fileSystem, layout.incoming(assignment.releaseDigest)));
  if (envelope === undefined) throw new AgentError('DOWNLOAD_FAILED', 'The release manifest is gone from the disk.');
  return verifyManifest(context, assignment, envelope);
}

/** Is there anything to do at all? */
export const check: Step = async (context, { record }) => {
  const { assignment } = record;
  if (assignment === null) return { kind: 'nothing_to_do', outcome: 'none' };
  const { committed } = context.trust.read();
  const current = await context.installations.current();
  const { releaseDigest, configurationDigest, revision } = assignment;
  if (releaseDigest === null) return current === null ? { kind: 'nothing_to_do', outcome: 'succeeded' } : { kind: 'run_nothing' };
  if (hasFailed(context.trust.read(), { releaseDigest, configurationDigest, revision })) return { kind: 'nothing_to_do', outcome: 'none' };
  const target = installationName(releaseDigest, configurationDigest);
  if (committed === target && current === target) return { kind: 'nothing_to_do', outcome: 'succeeded' };
  return { kind: 'done', patch: { target } };
};

/** The signed manifest: authentic, assigned, not older than what was committed, and for a host like this. */
export const verify: Step = async (context, { record, signal }) => {
  const assignment = releaseAssignment(record);
  const { fileSystem, layout } = context;
  const digest = assignment.releaseDigest;
  const kept = await readManifestEnvelope(fileSystem, layout.release(digest));
  const { api } = context.connection();
  const envelope =
    kept ??
    ((await fetchPatiently({ ...context, session: context.connection().session }, 'the release manifest', {
      signal,
      call: (token) => api.release(digest, token),
    })) as Envelope);
  const manifest = verifyManifest(context, assignment, envelope);
  if (!isAtLeast(context.agentVersion, manifest.minimumAgentVersion)) {
    throw new AgentError('AGENT_TOO_OLD', `The release needs agent ${manifest.minimumAgentVersion}, this is ${context.agentVersion}.`);
  }
  requireFittingHost(manifest, context.nodeVersion);
  if (kept === undefined) await writeManifestEnvelope(fileSystem, layout.incoming(digest), envelope);
  return { kind: 'done' };
};

/** The list of modules, as soon as it is on the disk; its digest is checked each time it is read. */
async function loadModuleList(context: UpdateContext, digest: string, manifest: ReleaseManifest): Promise<ModuleList> {
  const { fileSystem, layout } = context;
  const file = moduleListFile(manifest);
  const folder = (await isReleaseComplete(fileSystem, layout, digest)) ? layout.release(digest) : layout.incoming(digest);
  const bytes = (await fileSystem.read(join(folder, 'files', moduleListPath))) ?? new Uint8Array();
  checkFile(file, bytes);
  return readModuleList(bytes, manifest.lockDigest);
}

/** Is there room? To know, the list of modules is needed, which is fetched before everything else. */
export const reserveDisk: Step = async (context, { record, signal }) => {
  const { fileSystem, layout } = context;
  const assignment = releaseAssignment(record);
  const digest = assignment.releaseDigest;
  const manifest = await loadManifest(context, assignment);
  await fileSystem.makeFolder(layout.modules, 0o755);
  await requireSpace(fileSystem, layout.root, bytesNeeded(manifest));
  if (!(await isReleaseComplete(fileSystem, layout, digest))) {
    const { api, session } = context.connection();
    await downloadRelease({ ...context, api, session }, { digest, manifest: { files: [moduleListFile(manifest)] } }, signal);
  }
  const missing = await missingForTree(context.modules, await loadModuleList(context, digest, manifest));
  await requireSpace(fileSystem, layout.modules, bytesNeeded(manifest) + moduleBytesNeeded(missing));
  return { kind: 'done' };
};

function sealedPath(context: UpdateContext, name: string): string {
  return join(context.layout.installations, `.incoming-${name}.json`);
}

function openConfiguration(context: UpdateContext, box: unknown, digest: string): DeviceConfiguration {
  const { deviceId } = context.connection();
  const bytes = open(context.sealingKey, box, configurationContext({ deviceId, digest }));
  return verifyConfiguration(bytes, { digest, deviceId });
}

/** Files, modules and configuration onto this disk, every byte checked. The configuration stays sealed. */
export const download: Step = async (context, { record, signal }) => {
  const assignment = releaseAssignment(record);
  const { fileSystem, layout } = context;
  const manifest = await loadManifest(context, assignment);
  const { api, session } = context.connection();
  const deps = { ...context, api, session };
  if (!(await isReleaseComplete(fileSystem, layout, assignment.releaseDigest))) {
    await downloadRelease(deps, { digest: assignment.releaseDigest, manifest }, signal);
  }
  const list = await loadModuleList(context, assignment.releaseDigest, manifest);
  await fetchModules({ ...deps, ...context.modules }, list, signal);
  const digest = assignment.configurationDigest;
  if (digest !== null) {
    const box = await fetchPatiently(deps, 'the configuration', { signal, call: (token) => api.configuration(digest, token) });
    openConfiguration(context, box, digest);
    await fileSystem.makeFolder(layout.installations, 0o700);
    await writeDurably(fileSystem, sealedPath(context, installationName(assignment.releaseDigest, digest)), JSON.stringify(box));
  }
  return { kind: 'done' };
};

/** Release, modules and installation, complete beside what runs. */
export const stage: Step = async (context, { record, signal }) => {
  const assignment = releaseAssignment(record);
  const { fileSystem, layout } = context;
  const manifest = await loadManifest(context, assignment);
  const digest = assignment.releaseDigest;
  await completeRelease(fileSystem, layout, { digest, manifest });
  const read = (path: string): Promise<Uint8Array> => readReleaseFile(fileSystem, layout, { digest, path });
  await ensureModules(context.modules, await loadModuleList(context, digest, manifest), {
    files: { 'package.json': await read('package.json'), 'package-lock.json': await read('package-lock.json') },
    signal,
  });
  const configurationDigest = assignment.configurationDigest;
  let sealedConfiguration: unknown = null;
  let configuration: DeviceConfiguration | null = null;
  if (configurationDigest !== null) {
    const bytes = await fileSystem.read(sealedPath(context, installationName(digest, configurationDigest)));
    if (bytes === undefined) throw new AgentError('CONFIGURATION_UNREADABLE', 'The configuration is gone from the disk.');
    sealedConfiguration = JSON.parse(Buffer.from(bytes).toString('utf8'));
    configuration = openConfiguration(context, sealedConfiguration, configurationDigest);
  }
  const credentials = encryptCredentials(configuration?.credentials ?? {}, context.credentialSecret, context.random.randomBytes);
  await context.installations.write(describeInstallation(assignment, manifest, configuration), {
    sealedConfiguration,
    credentialsFile: JSON.stringify(credentials),
  });
  return { kind: 'done' };
};

/** Will it run here? And what is connected now, to compare with afterwards. */
export const preflight: Step = async (context, { record }) => {
  const assignment = releaseAssignment(record);
  const { fileSystem, layout } = context;
  const manifest = await loadManifest(context, assignment);
  requireRunnableFlows(await readReleaseFile(fileSystem, layout, { digest: assignment.releaseDigest, path: 'flows.json' }), manifest);
  await requireRuntime(fileSystem, layout.moduleTree(manifest.lockDigest), manifest.runtime.version);
  await context.installations.inputs(await context.installations.require(record.target ?? ''));
  const graceMs = context.supervisor.wanted()?.healthPolicy.connectionGraceMs ?? 0;
  return { kind: 'done', patch: { baseline: baselineOf(context.supervisor.health(), context.trust.read().baseline, graceMs) } };
};
