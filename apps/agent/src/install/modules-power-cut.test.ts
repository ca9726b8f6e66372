import { createHash } from 'node:crypto';
import { silentLog } from '@sluice/platform/log';
import { seededRandom, VirtualClock } from '@sluice/platform/testing';
import { readModuleList } from '@sluice/trust';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { modulesOf, packTarball } from '../../test/support/modules.ts';
import { PowerCut, SimulatedDisk } from '../../test/support/simulated-disk.ts';
import type { DeviceApi } from '../control-plane/device-api.ts';
import { createLayout } from '../layout.ts';
import type { Processes } from '../ports/index.ts';
import { collectGarbage } from './collect-garbage.ts';
import type { DownloadDeps } from './download.ts';
import { ensureModules, fetchModules, type ModulesDeps } from './modules.ts';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const places: Record<string, Record<string, string>> = {
  'node_modules/a': { 'package.json': 'a', 'lib/a.js': 'the code of a' },
  'node_modules/b': { 'package.json': 'b' },
  'node_modules/b/node_modules/c': { 'package.json': 'c', 'c.js': 'the code of c' },
};
const tarballs = new Map(
  Object.entries(places).map(([place, files]) => {
    const entries = Object.entries(files).map(([path, text]) => ({ path, bytes: Buffer.from(text) }));
    return [place, packTarball(entries)] as const;
  }),
);
const packageLock = Buffer.from(
  JSON.stringify({ lockfileVersion: 3, packages: { '': {}, ...Object.fromEntries(Object.keys(places).map((place) => [place, {}])) } }),
);
const list = readModuleList(modulesOf(packageLock, tarballs).list, sha256(packageLock));
const blobs = new Map([...tarballs.values()].map((bytes) => [sha256(bytes), bytes]));
const layout = createLayout({ root: '/agent', modules: '/agent/modules', temporary: '/tmp' });

function depsOf(disk: SimulatedDisk, clock: VirtualClock, pid: number): ModulesDeps & DownloadDeps {
  const blob: DeviceApi['blob'] = async (digest, from) => {
    const bytes = (blobs.get(digest) ?? Buffer.alloc(0)).subarray(from);
    async function* body() {
      // In two parts, so that the power can fail between them.
      yield bytes.subarray(0, 30);
      yield bytes.subarray(30);
    }
    return { status: from > 0 ? 206 : 200, headers: {}, body: body(), discard: () => undefined };
  };
  return {
    fileSystem: disk.fileSystem,
    processes: { isAlive: (process: { pid: number }) => Promise.resolve(process.pid === pid) } as unknown as Processes,
    clock,
    random: seededRandom(pid),
    log: silentLog,
    layout,
    self: { pid, startedAt: null },
    platform: { os: 'linux', cpu: 'x64', libc: 'glibc' },
    api: { blob } as unknown as DeviceApi,
    session: { withToken: (call) => call('token') },
  };
}

/** Installs the tree, after everything that is there was thrown away when that is wanted; waiting for claims takes no real time. False when the power failed, or the disk had lost a tarball and said so. */
async function tryInstall(disk: SimulatedDisk, pid: number, options: { clean: boolean }): Promise<boolean> {
  const clock = new VirtualClock();
  const deps = depsOf(disk, clock, pid);
  const { signal } = new AbortController();
  let settled = false;
  const work = (async () => {
    if (options.clean) await collectGarbage(disk.fileSystem, layout, []);
    await fetchModules(deps, list, signal);
    await ensureModules(deps, list, { files: { 'package-lock.json': packageLock }, signal });
    return true;
  })()
    .catch((error: unknown) => {
      if (error instanceof PowerCut || (error as { code?: string }).code === 'DOWNLOAD_FAILED') return false;
      throw error;
    })
    .finally(() => {
      settled = true;
    });
  while (!settled) await clock.advanceToNext();
  return work;
}

async function expectWhole(disk: SimulatedDisk, folder: (place: string, digest: string) => string): Promise<void> {
  for (const { path, sha256: digest } of list.modules) {
    for (const [file, text] of Object.entries(places[path] ?? {})) {
      const bytes = await disk.fileSystem.read(`${folder(path, digest)}/${file}`);
      expect(Buffer.from(bytes ?? '').toString('utf8'), `${path}/${file}`).toBe(text);
    }
  }
}

/** A life of the agent: whether it first cleans up, and after how many operations the power fails. */
const lives = fc.array(fc.tuple(fc.boolean(), fc.nat(170)), { minLength: 1, maxLength: 4 });

it('when the power fails at any moments, also while cleaning up, a tree that says it is complete is, and in the end there is one', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), lives, async (seed, cuts) => {
      const disk = new SimulatedDisk(seededRandom(seed));
      for (const folder of [layout.storedPackages, layout.storedTarballs]) await disk.fileSystem.makeFolder(folder);
      await disk.fileSystem.syncTree('/');
      for (const [index, [clean, cut]] of cuts.entries()) {
        disk.cutPowerAfter(cut);
        await tryInstall(disk, index + 1, { clean });
        disk.restart();
        const complete = await disk.fileSystem.stat(`${layout.moduleTree(list.lockDigest)}/.complete`);
        if (complete !== undefined) await expectWhole(disk, (place) => `${layout.moduleTree(list.lockDigest)}/${place}`);
      }
      // What the disk lost after it had arrived is told once and then fetched again.
      let tries = 0;
      while (!(await tryInstall(disk, 100 + tries, { clean: false }))) {
        tries += 1;
        expect(tries).toBeLessThan(5);
      }
      await expectWhole(disk, (place) => `${layout.moduleTree(list.lockDigest)}/${place}`);
      await expectWhole(disk, (_, digest) => layout.storedPackage(digest));
    }),
    {
      numRuns: 60,
      // The second: a stored package of which an interrupted removal left some files, and which was taken for whole.
      examples: [
        [
          886967587,
          [
            [false, 42],
            [false, 0],
          ],
        ],
        [
          31863749,
          [
            [false, 63],
            [true, 4],
          ],
        ],
      ],
    },
  );
}, 60_000);
