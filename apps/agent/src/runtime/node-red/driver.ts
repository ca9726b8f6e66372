// INVARIANTS
// 1. Before a process is started, what is needed to find it again (id, token, installation) is on disk: no start is ever forgotten.
// 2. The process belongs to nobody: it lives on when the agent ends in any way, and the next agent adopts it.
// 3. A process id alone never identifies a process; the id is stored with the process's start time.
import { join } from 'node:path';
import { writeDurably } from '../../durable/write.ts';
import { AgentError, describeError } from '../../errors.ts';
import { credentialsFile, flowsFile, type Installation, type InstallationStore } from '../../install/installation.ts';
import type { Layout } from '../../layout.ts';
import type { Clock, FileSystem, LocalSockets, Log, Processes, ProcessIdentity, Random } from '../../ports/index.ts';
import type { RunningRuntime, RuntimeDriver } from '../driver.ts';
import { createProbeClient, type ProbeClient } from './probe-client.ts';
import { settingsText } from './settings.ts';

export type NodeRedDriverDeps = {
  fileSystem: FileSystem;
  processes: Processes;
  sockets: LocalSockets;
  clock: Clock;
  random: Random;
  log: Log;
  layout: Layout;
  installations: InstallationStore;
  /** Folder of the built probe. */
  probeFolder: string;
  /** The Node that runs Node-RED. */
  nodeExecutable: string;
  host: string;
  port: number;
  credentialSecret: string;
  /** What of the agent's own environment Node-RED gets. */
  baseEnvironment: Record<string, string>;
};

/** `process.json`: the process that was started last. `pid` is null between the decision to start and the start. */
type ProcessNote = { id: string; token: string; installation: string; pid: number | null; startedAt: string | null };

const stopGraceMs = 12_000;
const stopPollMs = 50;
const logBytesMax = 10 * 1024 * 1024;
const identityVariable = 'SLUICE_RUNTIME_ID';

function parseObject(bytes: Uint8Array | undefined): Record<string, unknown> | undefined {
  if (bytes === undefined) return undefined;
  const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
}

/** Runs Node-RED: one process per agent, detached, with the probe inside. */
export function createNodeRedDriver(deps: NodeRedDriverDeps): RuntimeDriver {
  const { fileSystem, processes, clock, layout } = deps;
  let probe: ProbeClient | undefined;

  const readNote = async (): Promise<ProcessNote | undefined> => {
    try {
      return parseObject(await fileSystem.read(layout.runtimeProcess)) as ProcessNote | undefined;
    } catch (error) {
      deps.log.warn({ error: describeError(error) }, 'the note about the running process is damaged');
      return undefined;
    }
  };
  const writeNote = (note: ProcessNote): Promise<void> => writeDurably(fileSystem, layout.runtimeProcess, JSON.stringify(note));
  const connect = (token: string): void => {
    probe?.close();
    probe = createProbeClient({ sockets: deps.sockets, clock, socketPath: layout.socket, token });
  };

  const prepare = async (installation: Installation): Promise<void> => {
    await fileSystem.makeFolder(layout.socketFolder, 0o700);
    await fileSystem.makeFolder(layout.data, 0o700);
    await fileSystem.makeFolder(layout.log, 0o700);
    // Node-RED complains when its user directory has no package.json, and in read-only mode does not make one.
    const userPackage = join(layout.data, 'package.json');
    if ((await fileSystem.stat(userPackage)) === undefined) {
      await fileSystem.write(userPackage, Buffer.from('{"name":"node-red-data","private":true}\n'));
    }
    const release = parseObject(await fileSystem.read(join(layout.release(installation.releaseDigest), 'files', 'settings.json')));
    const text = settingsText({
      host: deps.host,
      port: deps.port,
      userDirectory: layout.data,
      flowFile: join(layout.installation(installation.name), flowsFile),
      credentialSecret: deps.credentialSecret,
      probeFolder: deps.probeFolder,
      release: release ?? {},
    });
    await writeDurably(fileSystem, layout.runtimeSettings, text);
    await fileSystem.remove(`${layout.socket}.crash`);
  };

  const start = async (installation: Installation): Promise<RunningRuntime> => {
    await prepare(installation);
    const inputs = await deps.installations.inputs(installation);
    const id = Buffer.from(deps.random.randomBytes(16)).toString('hex');
    const token = Buffer.from(deps.random.randomBytes(32)).toString('hex');
    const note: ProcessNote = { id, token, installation: installation.name, pid: null, startedAt: null };
    await writeNote(note);
    const main = join(layout.moduleTree(installation.lockDigest), 'node_modules', 'node-red', 'red.js');
    let identity: ProcessIdentity;
    try {
      identity = await processes.spawnDetached({
        executable: deps.nodeExecutable,
        args: [main, '--settings', layout.runtimeSettings],
        environment: {
          ...deps.baseEnvironment,
          ...inputs.environment,
          [identityVariable]: id,
          SLUICE_PROBE_SOCKET: layout.socket,
          SLUICE_PROBE_TOKEN: token,
        },
        workingDirectory: layout.data,
        logFile: layout.runtimeLog,
      });
    } catch (cause) {
      throw new AgentError('RUNTIME_NOT_STARTED', `Node-RED could not be started: ${describeError(cause)}`, { cause });
    }
    await writeNote({ ...note, ...identity });
    connect(token);
    return { process: identity, installation: installation.name };
  };

  const adopt = async (): Promise<RunningRuntime | undefined> => {
    const note = await readNote();
    if (note === undefined) return undefined;
    const known = note.pid === null ? await processes.findByEnvironment(identityVariable, note.id) : { ...note, pid: note.pid };
    if (known === undefined || !(await processes.isAlive(known))) return undefined;
    const identity: ProcessIdentity = { pid: known.pid, startedAt: known.startedAt };
    await writeNote({ ...note, ...identity });
    connect(note.token);
    return { process: identity, installation: note.installation };
  };

  const isGone = async (runtime: RunningRuntime, withinMs: number): Promise<boolean> => {
    const deadline = clock.monotonic() + withinMs;
    while (await processes.isAlive(runtime.process)) {
      if (clock.monotonic() >= deadline) return false;
      await clock.sleep(stopPollMs);
    }
    return true;
  };
  const stop = async (runtime: RunningRuntime): Promise<void> => {
    processes.signal(runtime.process, 'SIGTERM');
    if (!(await isGone(runtime, stopGraceMs))) {
      deps.log.warn({ pid: runtime.process.pid }, 'Node-RED did not end when asked; forcing it');
      processes.signal(runtime.process, 'SIGKILL', { group: true });
      await isGone(runtime, stopGraceMs);
    }
    probe?.close();
    probe = undefined;
    await fileSystem.remove(layout.runtimeProcess);
  };

  const applyHot: RuntimeDriver['applyHot'] = async (_runtime, installation) => {
    if (probe === undefined) throw new AgentError('RUNTIME_NOT_STARTED', 'There is no connection to the runtime.');
    const read = async (name: string): Promise<unknown> =>
      JSON.parse(Buffer.from((await fileSystem.read(join(layout.installation(installation.name), name))) ?? '').toString('utf8'));
    const [flows, credentials] = [await read(flowsFile), await read(credentialsFile)];
    const applied = await probe.deploy({
      flows: flows as unknown[],
      credentials: credentials as Record<string, unknown>,
      deploymentType: 'nodes',
    });
    const note = await readNote();
    if (note !== undefined) await writeNote({ ...note, installation: installation.name });
    return applied;
  };

  return {
    adopt,
    start,
    stop,
    applyHot,
    isAlive: (runtime) => processes.isAlive(runtime.process),
    health: () => probe?.health() ?? null,
    askHealth: () => probe?.askHealth(),
    runningFlows: async (key) => {
      if (probe === undefined) throw new Error('there is no connection to the runtime');
      return probe.runningFlows(key);
    },
    takeCrashDetail: async () => {
      const path = `${layout.socket}.crash`;
      const facts = await fileSystem.read(path).then(parseObject, () => undefined);
      await fileSystem.remove(path);
      return typeof facts?.['lastError'] === 'string' ? facts['lastError'] : null;
    },
    rotateLog: async () => {
      const stats = await fileSystem.stat(layout.runtimeLog);
      if (stats === undefined || stats.size < logBytesMax) return;
      // The process holds the file open for appending, so it is copied and emptied instead of moved.
      const bytes = await fileSystem.read(layout.runtimeLog);
      if (bytes !== undefined) await fileSystem.write(`${layout.runtimeLog}.1`, bytes, 0o600);
      await fileSystem.truncate(layout.runtimeLog, 0);
    },
    detach: () => probe?.close(),
  };
}
