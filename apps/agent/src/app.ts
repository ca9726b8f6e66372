import { createHash } from 'node:crypto';
import type { Inventory } from '@sluice/contracts';
import { createCaptures } from './capture/captures.ts';
import { takeCapture } from './capture/take-capture.ts';
import type { AgentConfiguration } from './config.ts';
import { connectDevice } from './connect.ts';
import { createDeviceApi } from './control-plane/device-api.ts';
import { createHttpClient } from './control-plane/http-client.ts';
import { followTime, verifyOwnAssignment } from './control-plane/intake.ts';
import { pollDesired } from './control-plane/poller.ts';
import { createSignedTime } from './control-plane/signed-time.ts';
import { openJournal } from './durable/journal.ts';
import { AgentError, describeError } from './errors.ts';
import { monitorHealth } from './health/monitor.ts';
import { openIdentity, readEnrollment } from './identity/identity.ts';
import { createInstallationStore } from './install/installation.ts';
import type { Platform } from './install/select-modules.ts';
import { createLayout } from './layout.ts';
import { createLogs } from './logs/logs.ts';
import { createRememberingLog } from './logs/remember.ts';
import type { Clock, FileSystem, LocalSockets, Log, Network, Processes, ProcessIdentity, Random } from './ports/index.ts';
import { createReporter } from './reporting/reporter.ts';
import { openSpool } from './reporting/spool.ts';
import { crashPolicyDefault } from './runtime/crash-policy.ts';
import { createNodeRedDriver } from './runtime/node-red/driver.ts';
import { createSupervisor } from './runtime/supervisor.ts';
import { openTrustStore } from './trust-state.ts';
import type { Connection } from './update/context.ts';
import { parseJournalRecord } from './update/record.ts';
import { createUpdater, type Updater } from './update/updater.ts';

/** What this agent can do beyond the first protocol; the control plane goes by it. */
const agentFeatures = ['windows', 'logs'] as const;

/** Everything outside the agent. A simulation passes its own. */
export type AgentDeps = {
  configuration: AgentConfiguration;
  fileSystem: FileSystem;
  network: Network;
  processes: Processes;
  sockets: LocalSockets;
  clock: Clock;
  random: Random;
  log: Log;
  host: {
    self: ProcessIdentity;
    nodeExecutable: string;
    /** Without a leading v. */
    nodeVersion: string;
    temporaryFolder: string;
    probeFolder: string;
    agentVersion: string;
    inventory: Inventory;
    platform: Platform;
  };
};

export type Agent = {
  /** Works until the signal aborts; then everything of the agent has ended. The runtime lives on or ends as configured. */
  run(signal: AbortSignal): Promise<void>;
};

/** Another agent works in the same folder. */
export class FolderInUseError extends Error {
  override readonly name = 'FolderInUseError';
}

async function claimFolder(deps: AgentDeps, folder: string, path: string): Promise<void> {
  const bytes = await deps.fileSystem.read(path);
  if (bytes !== undefined && bytes.length > 0) {
    const other = JSON.parse(Buffer.from(bytes).toString('utf8')) as ProcessIdentity;
    if (other.pid !== deps.host.self.pid && (await deps.processes.isAlive(other))) {
      throw new FolderInUseError(`agent ${other.pid} works in ${folder} already`);
    }
  }
  await deps.fileSystem.write(path, Buffer.from(JSON.stringify(deps.host.self)));
}

/** An id of this machine and this installation that survives a re-installation in the same place, and tells nothing about the machine. */
async function hardwareIdOf(deps: AgentDeps): Promise<string> {
  if (deps.configuration.hardwareId !== undefined) return deps.configuration.hardwareId;
  const machineId = (await deps.fileSystem.read('/etc/machine-id').catch(() => undefined)) ?? Buffer.from(deps.host.inventory.hostname);
  return createHash('sha256').update('sluice-hardware\n').update(machineId).update(deps.configuration.root).digest('hex');
}

async function openStores(deps: AgentDeps) {
  const { fileSystem, configuration } = deps;
  const layout = createLayout({ root: configuration.root, modules: configuration.modules, temporary: deps.host.temporaryFolder });
  for (const folder of [layout.root, layout.releases, layout.installations, layout.runtime, layout.log, layout.data]) {
    await fileSystem.makeFolder(folder, 0o700);
  }
  await claimFolder(deps, layout.root, layout.agentProcess);
  return {
    layout,
    identity: await openIdentity(fileSystem, layout.identity, deps.random),
    enrollment: await readEnrollment(fileSystem, layout.identity),
    trust: await openTrustStore(fileSystem, layout.trust),
    journal: await openJournal(fileSystem, layout.journal, parseJournalRecord),
    spool: await openSpool(fileSystem, layout.spool),
  };
}
type Stores = Awaited<ReturnType<typeof openStores>>;

function createParts(deps: AgentDeps & { agentLines: () => readonly string[] }, stores: Stores, connection: () => Connection) {
  const { configuration, host } = deps;
  const { layout, identity, trust } = stores;
  let updater: Updater | undefined;
  let askedAnew = false;
  const signedTime = createSignedTime({ ...deps, trust });
  const deviceId = (): string => stores.enrollment?.deviceId ?? connection().deviceId;
  const installations = createInstallationStore({ ...deps, layout, deviceId, sealingKey: identity.sealingKey.privateKey });
  const reporter = createReporter({
    ...deps,
    spool: stores.spool,
    send: (reports) => connection().session.withToken((token) => connection().api.reports(reports, token)),
  });
  const driver = createNodeRedDriver({
    ...deps,
    layout,
    installations,
    probeFolder: host.probeFolder,
    nodeExecutable: host.nodeExecutable,
    host: configuration.host,
    port: configuration.port,
    credentialSecret: identity.credentialSecret,
    baseEnvironment: configuration.runtimeEnvironment,
  });
  const supervisor = createSupervisor({
    ...deps,
    driver,
    crashPolicy: crashPolicyDefault,
    onCrash: ({ deaths, message }) => {
      const told = reporter.event('error', 'RUNTIME_CRASHED', `The runtime ended by itself (${deaths} times lately). ${message}`);
      void told.catch((error: unknown) => deps.log.error({ error: describeError(error) }, 'could not keep an event'));
    },
    onCrashLoop: (installation) => updater?.giveUp(installation),
  });
  const context = {
    ...deps,
    layout,
    trust,
    reporter,
    supervisor,
    installations,
    connection,
    signedTime,
    refreshTime: async () => followTime({ trust, signedTime, connection: connection() }),
    askAnew: () => {
      askedAnew = true;
    },
    modules: { ...deps, layout, self: host.self, platform: host.platform },
    sealingKey: identity.sealingKey.privateKey,
    credentialSecret: identity.credentialSecret,
    agentVersion: host.agentVersion,
    nodeVersion: host.nodeVersion,
  };
  updater = createUpdater(context, stores.journal);
  const captures = createCaptures({
    ...deps,
    take: () => takeCapture(context),
    send: (captureId, upload) => connection().session.withToken((token) => connection().api.capture(captureId, upload, token)),
    allowed: configuration.captures === 'on',
  });
  const enrollmentCode = configuration.enrollmentCode;
  const logs = createLogs({
    ...context,
    ownSecrets: [
      { name: 'credential secret', value: identity.credentialSecret },
      ...(enrollmentCode === undefined ? [] : [{ name: 'enrollment code', value: enrollmentCode }]),
    ],
    send: (id, upload) => connection().session.withToken((token) => connection().api.logs(id, upload, token)),
    allowed: configuration.logs === 'on',
  });
  const takeAskAnew = (): boolean => {
    const asked = askedAnew;
    askedAnew = false;
    return asked;
  };
  return { installations, reporter, supervisor, updater, captures, logs, signedTime, takeAskAnew };
}

/** Opens the agent's folder and puts its parts together. Nothing runs yet. @throws FolderInUseError */
export async function buildAgent(outside: AgentDeps): Promise<Agent> {
  const remembering = createRememberingLog(outside.log, outside.clock);
  const deps = { ...outside, log: remembering.log, agentLines: remembering.lines };
  const stores = await openStores(deps);
  const { trust, identity, enrollment, layout } = stores;
  let connected: Connection | undefined;
  const connection = (): Connection => {
    if (connected === undefined) throw new AgentError('INTERNAL', 'The device is not enrolled yet.');
    return connected;
  };
  const { installations, reporter, supervisor, updater, captures, logs, signedTime, takeAskAnew } = createParts(deps, stores, connection);
  const { configuration, host } = deps;
  const inventory: Inventory = { ...host.inventory, features: [...agentFeatures] };
  const http = createHttpClient({ ...deps, baseUrl: configuration.url, agentVersion: host.agentVersion });
  const hardwareId = await hardwareIdOf(deps);

  /** What was assigned before the agent ended, and is not carried out yet, needs no network to be known. */
  const resumeAssignment = (): void => {
    const { assignment, revision, reconciledRevision } = trust.read();
    if (assignment === null || revision <= reconciledRevision) return;
    try {
      updater.offer(verifyOwnAssignment({ ...deps, trust, connection: connection() }, assignment));
    } catch (error) {
      deps.log.warn({ error: describeError(error) }, 'the last assignment is not valid any more');
    }
  };
  const talk = async (signal: AbortSignal): Promise<void> => {
    connected = await connectDevice(
      {
        ...deps,
        api: createDeviceApi(http),
        layout,
        trust,
        identity,
        enrollment,
        enrollmentCode: configuration.enrollmentCode,
        deviceName: configuration.deviceName,
        hardwareId,
        inventory,
      },
      signal,
    );
    resumeAssignment();
    const waitSeconds = configuration.longPollSeconds;
    const poller = { ...deps, trust, reporter, connection: connected, signedTime, takeAskAnew, waitSeconds };
    await Promise.all([
      updater.run(signal),
      reporter.run(signal),
      captures.run(signal),
      logs.run(signal),
      pollDesired({ ...poller, onAssignment: updater.offer, onCapture: captures.ask, onLogs: logs.ask }, signal),
    ]);
  };
  return {
    run: async (signal) => {
      // What ran before runs again before anybody is asked: a device must not need its control plane.
      await updater.boot();
      const intervals = { changedMs: configuration.healthChangedMs, unchangedMs: configuration.healthUnchangedMs };
      const watching = [
        supervisor.run(signal),
        monitorHealth({ ...deps, supervisor, updater, installations, trust, reporter, inventory, intervals }, signal),
      ];
      // Requests that wait for an answer must not keep the agent from ending.
      signal.addEventListener('abort', () => deps.network.close(), { once: true });
      try {
        await Promise.all([...watching, talk(signal).catch((error: unknown) => (signal.aborted ? undefined : Promise.reject(error)))]);
      } finally {
        // An agent that fails takes nothing down with it.
        await supervisor.close(signal.aborted ? configuration.runtimeOnExit : 'keep');
        deps.network.close();
      }
    },
  };
}
