import { join } from 'node:path';
import type { Layout } from '../layout.ts';
import type { Clock, FileSystem, Processes, ProcessIdentity, Random } from '../ports/index.ts';

export type ClaimDeps = {
  fileSystem: FileSystem;
  processes: Processes;
  clock: Clock;
  random: Random;
  layout: Layout;
  self: ProcessIdentity;
};

const claimPollMs = 250;
const claimFile = 'owner.json';
/** A claim without an owner's note is of an agent that died between the two; the living need less than this. */
const claimGraceMs = 5_000;

async function ownerIsDead(deps: ClaimDeps, claim: string): Promise<boolean> {
  const bytes = await deps.fileSystem.read(join(claim, claimFile));
  if (bytes === undefined) return false;
  try {
    return !(await deps.processes.isAlive(JSON.parse(Buffer.from(bytes).toString('utf8')) as ProcessIdentity));
  } catch {
    return true;
  }
}

async function takeOver(deps: ClaimDeps, claim: string): Promise<void> {
  const grave = `${claim}-${Buffer.from(deps.random.randomBytes(6)).toString('hex')}`;
  // Only one of several agents succeeds in moving it away; the others look again.
  await deps.fileSystem.rename(claim, grave).catch(() => undefined);
  await deps.fileSystem.remove(grave);
}

/** Waits until this agent holds the claim, or there is nothing left to do. */
async function claimOrWait(
  deps: ClaimDeps,
  claim: string,
  options: { isDone: () => Promise<boolean>; signal: AbortSignal },
): Promise<boolean> {
  const { fileSystem, clock } = deps;
  let unownedSince: number | undefined;
  for (;;) {
    options.signal.throwIfAborted();
    if (await options.isDone()) return false;
    if (await fileSystem.claimFolder(claim)) {
      await fileSystem.write(join(claim, claimFile), Buffer.from(JSON.stringify(deps.self)));
      return true;
    }
    const owned = (await fileSystem.stat(join(claim, claimFile))) !== undefined;
    unownedSince = owned ? undefined : (unownedSince ?? clock.monotonic());
    const abandoned = unownedSince !== undefined && clock.monotonic() - unownedSince > claimGraceMs;
    if (abandoned || (await ownerIsDead(deps, claim))) await takeOver(deps, claim);
    await clock.sleep(claimPollMs, options.signal);
  }
}

/**
 * Does work on the modules of this host while no other agent does; a dead one's claim is taken over. Agents that waited find it done.
 * @param options.isDone whether there is nothing (left) to do
 */
export async function withModulesClaim(
  deps: ClaimDeps,
  options: { isDone: () => Promise<boolean>; signal: AbortSignal; work: () => Promise<void> },
): Promise<void> {
  const { fileSystem, layout } = deps;
  if (await options.isDone()) return;
  await fileSystem.makeFolder(layout.modules, 0o755);
  const claim = join(layout.modules, '.claim');
  if (!(await claimOrWait(deps, claim, options))) return;
  try {
    if (!(await options.isDone())) await options.work();
  } finally {
    await fileSystem.remove(claim);
  }
}
