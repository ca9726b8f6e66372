import { createLayout } from './layout.ts';
import type { Clock, FileSystem, Processes, ProcessIdentity } from './ports/index.ts';

const graceMs = 12_000;
const pollMs = 50;

/**
 * Ends the runtime that an agent left running, for taking a device out of service and for cleaning up after tests and demos.
 * Run it only while no agent works in the folder: an agent would start the runtime again.
 */
export async function stopRuntime(deps: { fileSystem: FileSystem; processes: Processes; clock: Clock; folder: string }): Promise<void> {
  const layout = createLayout({ root: deps.folder, modules: deps.folder, temporary: deps.folder });
  const bytes = await deps.fileSystem.read(layout.runtimeProcess);
  if (bytes === undefined) return;
  const note = JSON.parse(Buffer.from(bytes).toString('utf8')) as { pid: number | null; startedAt: string | null };
  if (note.pid === null) return;
  const process: ProcessIdentity = { pid: note.pid, startedAt: note.startedAt };
  if (!(await deps.processes.isAlive(process))) return;
  deps.processes.signal(process, 'SIGTERM');
  const deadline = deps.clock.monotonic() + graceMs;
  while ((await deps.processes.isAlive(process)) && deps.clock.monotonic() < deadline) await deps.clock.sleep(pollMs);
  if (await deps.processes.isAlive(process)) deps.processes.signal(process, 'SIGKILL', { group: true });
}
