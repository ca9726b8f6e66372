import { readJournal } from './durable/journal.ts';
import { readTwinFile } from './durable/twin-file.ts';
import { readEnrollment } from './identity/identity.ts';
import { createInstallationStore, type Installation } from './install/installation.ts';
import { createLayout } from './layout.ts';
import type { FileSystem, Processes, ProcessIdentity } from './ports/index.ts';
import { parseTrustState } from './trust-state.ts';
import { parseJournalRecord } from './update/record.ts';

/** What `sluice-agent status` shows. Read from the disk alone; works while the agent runs and while it does not. */
export type AgentStatus = {
  folder: string;
  agentPid: number | null;
  runtimePid: number | null;
  deviceId: string | null;
  updateState: string;
  failure: { code: string; message: string } | null;
  revision: number;
  reconciledRevision: number;
  running: { release: string; releaseDigest: string; configurationDigest: string | null } | null;
  previous: { release: string; releaseDigest: string; configurationDigest: string | null } | null;
};

async function livingPid(deps: StatusDeps, path: string): Promise<number | null> {
  const bytes = await deps.fileSystem.read(path);
  if (bytes === undefined || bytes.length === 0) return null;
  const process = JSON.parse(Buffer.from(bytes).toString('utf8')) as ProcessIdentity;
  return (await deps.processes.isAlive(process)) ? process.pid : null;
}

export type StatusDeps = { fileSystem: FileSystem; processes: Processes; folder: string };

/** Reads the state of the agent in a folder, changing nothing. */
export async function readStatus(deps: StatusDeps): Promise<AgentStatus> {
  const { fileSystem, folder } = deps;
  const layout = createLayout({ root: folder, modules: folder, temporary: folder });
  const trust = await readTwinFile(fileSystem, layout.trust, parseTrustState);
  const record = await readJournal(fileSystem, layout.journal, parseJournalRecord);
  const enrollment = await readEnrollment(fileSystem, layout.identity);
  const installations = createInstallationStore({ fileSystem, layout, deviceId: () => '', sealingKey: '' });
  const shown = (installation: Installation | undefined): AgentStatus['running'] =>
    installation === undefined
      ? null
      : {
          release: installation.releaseName,
          releaseDigest: installation.releaseDigest,
          configurationDigest: installation.configurationDigest,
        };
  const [current, previous] = [await installations.current(), await installations.previous()];
  return {
    folder,
    agentPid: await livingPid(deps, layout.agentProcess),
    runtimePid: await livingPid(deps, layout.runtimeProcess),
    deviceId: enrollment?.deviceId ?? null,
    updateState: record?.state ?? 'IDLE',
    failure: record?.failure ?? null,
    revision: trust?.revision ?? 0,
    reconciledRevision: trust?.reconciledRevision ?? 0,
    running: shown(current === null ? undefined : await installations.read(current)),
    previous: shown(previous === null ? undefined : await installations.read(previous)),
  };
}
