// INVARIANTS
// 1. `modules/<lockDigest>` exists only whole: it is installed beside under another name and renamed, its complete mark inside.
// 2. Any number of agents may install the same tree at the same time: one does, the others wait; a dead one's claim is taken over.
// 3. No script of any package runs.
import { join } from 'node:path';
import { AgentError, describeError } from '../errors.ts';
import { completeMark, type Layout } from '../layout.ts';
import type { Clock, FileSystem, Log, Processes, ProcessIdentity, Random } from '../ports/index.ts';

export type ModulesDeps = {
  fileSystem: FileSystem;
  processes: Processes;
  clock: Clock;
  random: Random;
  log: Log;
  layout: Layout;
  /** Finds npm: the executable and its first arguments. */
  findNpm: () => Promise<{ executable: string; args: readonly string[] }>;
  /** The environment of npm: registry settings, proxies, PATH. */
  environment: Record<string, string>;
  self: ProcessIdentity;
};

const installTimeoutMs = 20 * 60_000;
const claimPollMs = 250;
const claimFile = 'owner.json';
/** A claim without an owner's note is of an agent that died between the two; the living need less than this. */
const claimGraceMs = 5_000;

const npmArguments = [
  'ci',
  '--ignore-scripts',
  '--no-audit',
  '--no-fund',
  '--no-update-notifier',
  '--omit=dev',
  '--prefer-offline',
  '--fetch-retries=2',
  '--fetch-retry-mintimeout=500',
  '--fetch-retry-maxtimeout=5000',
];

/** Turns what npm printed into an error whose code says what to do. Pure. */
export function npmFailure(output: string): AgentError {
  const lines = output.split('\n').filter((line) => /npm (error|ERR!)/.test(line));
  const detail = lines
    .map((line) => line.replace(/^npm (error|ERR!) ?/, ''))
    .filter((line) => line !== '' && !line.startsWith('A complete log'))
    .slice(0, 8)
    .join(' ')
    .slice(0, 1_500);
  const has = (pattern: RegExp): boolean => pattern.test(lines.join('\n'));
  if (has(/ENOSPC|EDQUOT/)) return new AgentError('DISK_FULL', `The disk became full while the modules were installed. ${detail}`);
  if (has(/code (E404|ETARGET|ENOVERSIONS)/))
    return new AgentError('MODULE_NOT_FOUND', `The registry does not have a module of the lock. ${detail}`);
  if (has(/code (EUSAGE|EINTEGRITY|ELOCKVERIFY|EJSONPARSE)|in sync/)) {
    return new AgentError('LOCK_MISMATCH', `package.json, its lock and the registry do not agree. ${detail}`);
  }
  if (has(/ECONN|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ERR_SOCKET|FETCH_ERROR|E5\d\d|E40[13]|E429|network/)) {
    return new AgentError('REGISTRY_UNREACHABLE', `The module registry cannot be reached from this device. ${detail}`);
  }
  return new AgentError('MODULES_INSTALL_FAILED', `npm could not install the modules. ${detail === '' ? output.slice(-500) : detail}`);
}

async function ownerIsDead(deps: ModulesDeps, claim: string): Promise<boolean> {
  const bytes = await deps.fileSystem.read(join(claim, claimFile));
  if (bytes === undefined) return false;
  try {
    return !(await deps.processes.isAlive(JSON.parse(Buffer.from(bytes).toString('utf8')) as ProcessIdentity));
  } catch {
    return true;
  }
}

async function takeOver(deps: ModulesDeps, claim: string): Promise<void> {
  const grave = `${claim}-${Buffer.from(deps.random.randomBytes(6)).toString('hex')}`;
  // Only one of several agents succeeds in moving it away; the others look again.
  await deps.fileSystem.rename(claim, grave).catch(() => undefined);
  await deps.fileSystem.remove(grave);
}

/** Waits until this agent holds the claim, or the tree is there. */
async function claimOrWait(
  deps: ModulesDeps,
  claim: string,
  options: { isThere: () => Promise<boolean>; signal: AbortSignal },
): Promise<boolean> {
  const { fileSystem, clock } = deps;
  let unownedSince: number | undefined;
  for (;;) {
    options.signal.throwIfAborted();
    if (await options.isThere()) return false;
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

async function runNpm(deps: ModulesDeps, folder: string, signal: AbortSignal): Promise<void> {
  const npm = await deps.findNpm();
  const result = await deps.processes
    .run({
      executable: npm.executable,
      args: [...npm.args, ...npmArguments],
      environment: deps.environment,
      workingDirectory: folder,
      timeoutMs: installTimeoutMs,
      signal,
    })
    .catch((cause: unknown) => {
      throw new AgentError('NPM_NOT_FOUND', `npm could not be run: ${describeError(cause)}`, { cause });
    });
  signal.throwIfAborted();
  if (result.code !== 0) throw npmFailure(result.output);
}

/**
 * Makes sure that the module tree of a lock is there, installing it if needed.
 * @param files the release's package.json and package-lock.json
 * @throws AgentError with a code that says what is wrong
 */
export async function ensureModules(
  deps: ModulesDeps,
  lockDigest: string,
  options: { files: { packageJson: Uint8Array; packageLock: Uint8Array }; signal: AbortSignal },
): Promise<void> {
  const { fileSystem, layout } = deps;
  const target = layout.moduleTree(lockDigest);
  const isThere = async (): Promise<boolean> => (await fileSystem.stat(join(target, completeMark))) !== undefined;
  if (await isThere()) return;
  await fileSystem.makeFolder(layout.modules, 0o755);
  const claim = join(layout.modules, `.claim-${lockDigest}`);
  if (!(await claimOrWait(deps, claim, { isThere, signal: options.signal }))) return;
  const staging = join(layout.modules, `.staging-${lockDigest}`);
  try {
    if (await isThere()) return;
    await fileSystem.remove(staging);
    await fileSystem.makeFolder(staging, 0o755);
    await fileSystem.write(join(staging, 'package.json'), options.files.packageJson, 0o644);
    await fileSystem.write(join(staging, 'package-lock.json'), options.files.packageLock, 0o644);
    await runNpm(deps, staging, options.signal);
    await fileSystem.syncTree(staging);
    await fileSystem.write(join(staging, completeMark), new Uint8Array(), 0o644);
    await fileSystem.syncFile(join(staging, completeMark));
    await fileSystem.syncFolder(staging);
    await fileSystem.remove(target);
    await fileSystem.rename(staging, target);
    await fileSystem.syncFolder(layout.modules);
    deps.log.info({ lockDigest }, 'installed a module tree');
  } finally {
    await fileSystem.remove(staging);
    await fileSystem.remove(claim);
  }
}
