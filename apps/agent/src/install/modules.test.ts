import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ModuleList } from '@sluice/contracts';
import { systemClock } from '@sluice/platform/clock';
import { silentLog } from '@sluice/platform/log';
import { systemRandom } from '@sluice/platform/random';
import { canonicalJson, readModuleList, sha256Hex } from '@sluice/trust';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { modulesOf, packTarball } from '../../test/support/modules.ts';
import type { DeviceApi } from '../control-plane/device-api.ts';
import { createLayout } from '../layout.ts';
import type { Processes } from '../ports/index.ts';
import { nodeFileSystem } from '../ports/node-file-system.ts';
import { collectGarbage } from './collect-garbage.ts';
import type { DownloadDeps } from './download.ts';
import type { Installation } from './installation.ts';
import { ensureModules, fetchModules, type ModulesDeps } from './modules.ts';

let folder = '';
/** Digests that were asked for, in order. */
let asked: string[] = [];
let blobs = new Map<string, Buffer>();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-modules-test-'));
  asked = [];
  blobs = new Map();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

type Packages = Record<string, Record<string, string>>;

/** A release with these packages: files by path in the package, by place in the tree. */
function releaseOf(packages: Packages, label = ''): ModuleList {
  const tarballs = new Map<string, Buffer>();
  for (const [place, files] of Object.entries(packages)) {
    const entries = Object.entries(files).map(([path, text]) => ({
      path,
      bytes: Buffer.from(text),
      mode: path.startsWith('bin/') ? 0o755 : 0o644,
    }));
    tarballs.set(place, packTarball(entries));
  }
  const places = Object.fromEntries([...tarballs.keys()].map((place) => [place, { version: '1.0.0' }]));
  const lock = Buffer.from(JSON.stringify({ label, lockfileVersion: 3, packages: { '': {}, ...places } }));
  for (const bytes of tarballs.values()) blobs.set(sha256Hex(bytes), bytes);
  const { list } = modulesOf(lock, tarballs);
  return readModuleList(list, sha256Hex(lock));
}

function depsOf(agent: number, options: { alive?: number[]; shared?: boolean } = {}): ModulesDeps & DownloadDeps {
  const root = join(folder, String(agent));
  const blob: DeviceApi['blob'] = async (sha256, from) => {
    asked.push(sha256);
    const bytes = blobs.get(sha256) ?? Buffer.alloc(0);
    async function* body() {
      yield bytes.subarray(from);
    }
    return { status: from > 0 ? 206 : 200, headers: {}, body: body(), discard: () => undefined };
  };
  return {
    fileSystem: nodeFileSystem,
    processes: {
      isAlive: ({ pid }: { pid: number }) => Promise.resolve((options.alive ?? [1, 2, 3, 4, 5]).includes(pid)),
    } as unknown as Processes,
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
    layout: createLayout({ root, modules: options.shared === false ? join(root, 'modules') : join(folder, 'modules'), temporary: folder }),
    self: { pid: agent, startedAt: null },
    platform: { os: 'linux', cpu: 'x64', libc: 'glibc' },
    api: { blob } as unknown as DeviceApi,
    session: { withToken: (call) => call('token') },
  };
}

const { signal } = new AbortController();
async function install(deps: ModulesDeps & DownloadDeps, list: ModuleList): Promise<void> {
  await fetchModules(deps, list, signal);
  await ensureModules(deps, list, { files: { 'package.json': Buffer.from('{}') }, signal });
}

const simple: Packages = {
  'node_modules/a': { 'package.json': '{}', 'bin/run': 'run' },
  'node_modules/a/node_modules/b': { 'lib/b.js': 'b' },
};
const tree = (list: ModuleList, path = ''): string => join(folder, 'modules', list.lockDigest, path);
const leftOver = async (): Promise<string[]> => (await readdir(join(folder, 'modules'))).sort();
const inStore = async (kind: string): Promise<string[]> => readdir(join(folder, 'modules', '.store', kind)).catch(() => []);

describe('a module tree', () => {
  it('when it is installed, every file is at its place, executable or not, and no tarball is left', async () => {
    const list = releaseOf(simple);
    await install(depsOf(1), list);
    expect(await readFile(tree(list, 'node_modules/a/node_modules/b/lib/b.js'), 'utf8')).toBe('b');
    expect(statSync(tree(list, 'node_modules/a/bin/run')).mode & 0o777).toBe(0o755);
    expect(statSync(tree(list, 'node_modules/a/package.json')).mode & 0o777).toBe(0o644);
    expect([await leftOver(), await inStore('tarballs'), (await inStore('packages')).length]).toEqual([
      ['.store', list.lockDigest].sort(),
      [],
      2,
    ]);
  });

  it('when a second lock has the same packages, only what is new travels, and the files are the same ones', async () => {
    const [first, second] = [releaseOf(simple), releaseOf({ ...simple, 'node_modules/c': { 'c.js': 'c' } }, 'second')];
    await install(depsOf(1), first);
    asked = [];
    await install(depsOf(1), second);
    expect(asked).toEqual([second.modules.find(({ name }) => name === 'c')?.sha256]);
    expect(statSync(tree(second, 'node_modules/a/package.json')).ino).toBe(statSync(tree(first, 'node_modules/a/package.json')).ino);
  });

  it('when a package carries another version of what the lock puts below it, the lock counts', async () => {
    const list = releaseOf({
      'node_modules/a': { 'package.json': '{}', 'node_modules/b/old.js': 'carried', 'node_modules/kept/k.js': 'carried' },
      'node_modules/a/node_modules/b': { 'new.js': 'locked' },
    });
    await install(depsOf(1), list);
    expect(await readdir(tree(list, 'node_modules/a/node_modules/b'))).toEqual(['new.js']);
    expect(await readdir(tree(list, 'node_modules/a/node_modules/kept'))).toEqual(['k.js']);
    // What the first tree left out is still in the store.
    const other = releaseOf({
      'node_modules/a': { 'package.json': '{}', 'node_modules/b/old.js': 'carried', 'node_modules/kept/k.js': 'carried' },
    });
    await install(depsOf(1), other);
    expect(await readdir(tree(other, 'node_modules/a/node_modules/b'))).toEqual(['old.js']);
  });

  it('when several agents want it at the same time, each tarball travels once and nothing else is left', async () => {
    const list = releaseOf(simple);
    await Promise.all([1, 2, 3, 4, 5].map((agent) => install(depsOf(agent), list)));
    expect(asked).toHaveLength(2);
    expect(await leftOver()).toEqual(['.store', list.lockDigest].sort());
  });

  it('when the agent that worked on it is dead, another takes over what is half done', async () => {
    const list = releaseOf(simple);
    const modules = join(folder, 'modules');
    await mkdir(join(modules, '.claim'), { recursive: true });
    await writeFile(join(modules, '.claim', 'owner.json'), '{"pid":99,"startedAt":null}');
    await mkdir(join(modules, `.staging-${list.lockDigest}`, 'half'), { recursive: true });
    await mkdir(join(modules, '.store', 'unpacking', 'half'), { recursive: true });
    await mkdir(join(modules, '.store', 'tarballs'));
    const [first] = list.modules;
    await writeFile(join(modules, '.store', 'tarballs', `${first?.sha256}.part`), blobs.get(first?.sha256 ?? '')?.subarray(0, 20) ?? '');
    await Promise.all([install(depsOf(1), list), install(depsOf(2), list)]);
    expect(await leftOver()).toEqual(['.store', list.lockDigest].sort());
    expect(await inStore('unpacking')).toEqual([]);
  });
});

describe('a tarball that is not right', () => {
  it.each([
    ['other bytes', (bytes: Buffer) => Buffer.alloc(bytes.length), 'HASH_MISMATCH'],
    ['more bytes', (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(1)]), 'ENDLESS_DATA'],
  ])('when it has %s, it is refused, and the right one can still be installed', async (_, change, code) => {
    const list = releaseOf(simple);
    const { sha256 = '' } = list.modules[0] ?? {};
    const right = blobs.get(sha256) ?? Buffer.alloc(0);
    blobs.set(sha256, change(right));
    await expect(install(depsOf(1), list)).rejects.toMatchObject({ code });
    expect(await inStore('packages')).toEqual([]);
    blobs.set(sha256, right);
    await install(depsOf(1), list);
  });

  it('when the disk damaged it after it had arrived, it is fetched again with the next try', async () => {
    const list = releaseOf(simple);
    await fetchModules(depsOf(1), list, signal);
    await writeFile(join(folder, 'modules', '.store', 'tarballs', list.modules[0]?.sha256 ?? ''), 'damaged');
    await expect(install(depsOf(1), list)).rejects.toMatchObject({ code: 'DOWNLOAD_FAILED' });
    await install(depsOf(1), list);
  });

  it.each<[string, Packages]>([
    ['leads out of its package', { 'node_modules/a': { '../../../../escaped': 'x' } }],
    ['needs a file to be a folder', { 'node_modules/a': { x: '', 'x/y': '' } }],
  ])('when it %s, nothing is installed and nothing is written elsewhere', async (_, packages) => {
    const list = releaseOf(packages);
    await expect(install(depsOf(1), list)).rejects.toMatchObject({ code: 'MODULES_INSTALL_FAILED' });
    expect(await readdir(folder)).toEqual(['modules']);
    expect([await leftOver(), await inStore('packages')]).toEqual([['.store'], []]);
  });

  it('when it holds more than the release says, it is not unpacked', async () => {
    const list = releaseOf({ 'node_modules/a': { zeros: '\0'.repeat(1_000_000) } });
    const modules = list.modules.map((module) => ({ ...module, unpackedLength: 10_000 }));
    await expect(install(depsOf(1), { ...list, modules })).rejects.toMatchObject({ code: 'MODULES_INSTALL_FAILED' });
    expect(await inStore('packages')).toEqual([]);
  });
});

describe('the garbage', () => {
  const installation = (list: ModuleList): Installation =>
    ({ name: list.lockDigest, releaseDigest: list.lockDigest, lockDigest: list.lockDigest }) as Installation;

  it('when a release is kept, so are its tree and its packages, and the rest goes', async () => {
    const deps = depsOf(1, { shared: false });
    const { layout } = deps;
    const [kept, gone] = [releaseOf(simple), releaseOf({ ...simple, 'node_modules/c': { 'c.js': 'c' } }, 'gone')];
    for (const list of [kept, gone]) {
      await install(deps, list);
      const files = join(layout.release(list.lockDigest), 'files');
      await mkdir(files, { recursive: true });
      await writeFile(join(files, 'modules.json'), JSON.stringify(list));
    }
    await mkdir(layout.storedTarballs, { recursive: true });
    await writeFile(join(layout.storedTarballs, 'unfinished.part'), 'x');
    // The list is read as strictly as always: these bytes are not canonical, so nothing of the store may go.
    await collectGarbage(nodeFileSystem, layout, [installation(kept)]);
    expect(await readdir(layout.storedPackages)).toHaveLength(3);
    expect((await readdir(layout.modules)).sort()).toEqual(['.store', kept.lockDigest].sort());
    await writeFile(join(layout.release(kept.lockDigest), 'files', 'modules.json'), canonicalJson(kept));
    // Nor may it when a kept release does not say what it needs.
    await collectGarbage(nodeFileSystem, layout, [installation(kept), installation({ ...gone, lockDigest: 'f'.repeat(64) })]);
    expect(await readdir(layout.storedPackages)).toHaveLength(3);
    await collectGarbage(nodeFileSystem, layout, [installation(kept)]);
    expect((await readdir(layout.storedPackages)).sort()).toEqual(kept.modules.map(({ sha256 }) => sha256).sort());
    expect(await readdir(layout.moduleStore)).toEqual(['packages']);
    expect(await readFile(join(layout.moduleTree(kept.lockDigest), 'node_modules/a/bin/run'), 'utf8')).toBe('run');
  });

  it('when the modules are shared with other agents, nothing of them goes', async () => {
    const deps = depsOf(1);
    const list = releaseOf(simple);
    await install(deps, list);
    await collectGarbage(nodeFileSystem, deps.layout, []);
    expect([await leftOver(), (await inStore('packages')).length]).toEqual([['.store', list.lockDigest].sort(), 2]);
  });
});
