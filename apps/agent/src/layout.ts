import { createHash } from 'node:crypto';
import { join } from 'node:path';

/** Where everything lies below the agent's root folder. `modules` may be shared between agents of one host. */
export type Layout = ReturnType<typeof createLayout>;

/** The longest path that a Unix socket accepts everywhere (104 bytes on macOS, 108 on Linux, the end mark included). */
const socketPathBytesMax = 100;

/**
 * @param options.root the agent's own folder, absolute
 * @param options.modules the folder of module trees
 * @param options.temporary where the socket goes when the root's path is too long for one
 */
export function createLayout(options: { root: string; modules: string; temporary: string }) {
  const { root, modules } = options;
  const runtime = join(root, 'runtime');
  const socket = join(runtime, 'probe.sock');
  const shortName = createHash('sha256').update(root).digest('hex').slice(0, 16);
  const socketFolder = Buffer.byteLength(socket) < socketPathBytesMax ? runtime : join(options.temporary, `sluice-${shortName}`);
  return {
    root,
    trust: join(root, 'trust'),
    journal: join(root, 'journal'),
    spool: join(root, 'spool'),
    /** Keys of the device; readable by the agent's user only. */
    identity: join(root, 'identity'),
    releases: join(root, 'releases'),
    installations: join(root, 'installations'),
    /** Files of the flows themselves and their context. No update ever touches them. */
    data: join(root, 'data'),
    current: join(root, 'current'),
    previous: join(root, 'previous'),
    log: join(root, 'log'),
    runtime,
    agentProcess: join(root, 'agent.json'),
    runtimeLog: join(root, 'log', 'runtime.log'),
    // .cjs, because a package.json above the agent's folder may say that .js files are ES modules.
    runtimeSettings: join(runtime, 'settings.cjs'),
    runtimeProcess: join(runtime, 'process.json'),
    socketFolder,
    socket: join(socketFolder, 'probe.sock'),
    modules,
    /** True when other agents may use the same trees: then none of them is removed. */
    modulesShared: modules !== join(root, 'modules'),
    moduleTree: (lockDigest: string) => join(modules, lockDigest),
    /** Packages that trees are made of, by the digest of their tarball; beside the trees, so that files can be in both. */
    moduleStore: join(modules, '.store'),
    storedPackages: join(modules, '.store', 'packages'),
    storedPackage: (sha256: string) => join(modules, '.store', 'packages', sha256),
    storedTarballs: join(modules, '.store', 'tarballs'),
    storedTarball: (sha256: string) => join(modules, '.store', 'tarballs', sha256),
    unpacking: join(modules, '.store', 'unpacking'),
    release: (digest: string) => join(releasesOf(root), digest),
    incoming: (digest: string) => join(releasesOf(root), `.incoming-${digest}`),
    installation: (name: string) => join(root, 'installations', name),
  };
}

function releasesOf(root: string): string {
  return join(root, 'releases');
}

/** The last thing written into a folder: without it the folder is not complete and is made anew. */
export const completeMark = '.complete';
