import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { arch, platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { systemClock } from '@sluice/platform/clock';
import { silentLog } from '@sluice/platform/log';
import { systemRandom } from '@sluice/platform/random';
import { readModuleList } from '@sluice/trust';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ensureModules, type ModulesDeps } from '../src/install/modules.ts';
import { createLayout } from '../src/layout.ts';
import { nodeFileSystem } from '../src/ports/node-file-system.ts';
import { nodeProcesses } from '../src/ports/node-processes.ts';
import { type ArchiveFile, modulesOf, packTarball } from './support/modules.ts';

const elsewhere = platform() === 'win32' ? 'linux' : 'win32';

type Package = { files: Record<string, string>; json?: object; lock?: object };

/** A package of each kind that makes a difference. */
const packages: Record<string, Package> = {
  'node_modules/plain': { files: { 'index.js': 'plain', 'lib/deep/er/x.js': 'x', 'bin/tool.js': '#!' }, json: { bin: 'bin/tool.js' } },
  'node_modules/@acme/scoped': {
    files: { 'index.js': 'scoped', '.gitignore': 'ignored', 'sub/.gitignore': 'a', 'sub/.npmignore': 'b' },
    json: { dependencies: { plain: '1.0.0', nested: '2.0.0' } },
  },
  'node_modules/@acme/scoped/node_modules/nested': { files: { 'index.js': 'nested two' }, json: { version: '2.0.0' } },
  'node_modules/nested': { files: { 'index.js': 'nested one', [`${'long-name/'.repeat(15)}x`]: 'long' } },
  'node_modules/carrier': {
    files: {
      'index.js': 'carrier',
      'node_modules/inner/package.json': '{"name":"inner","version":"1.0.0"}',
      'node_modules/inner/i.js': 'i',
    },
    json: { dependencies: { inner: '1.0.0' }, bundleDependencies: ['inner'] },
  },
  'node_modules/native': {
    files: { 'index.js': 'native' },
    json: { optionalDependencies: { 'native-here': '1.0.0', 'native-there': '1.0.0' } },
  },
  'node_modules/native-here': { files: { 'here.node': 'here' }, json: { os: [platform()], cpu: [arch()] }, lock: { optional: true } },
  'node_modules/native-there': {
    files: { 'there.node': 'there' },
    json: { os: [elsewhere], dependencies: { 'only-there': '1.0.0' } },
    lock: { optional: true },
  },
  'node_modules/only-there': { files: { 'index.js': 'only there' }, lock: { optional: true } },
};
const root = {
  name: 'release',
  version: '1.0.0',
  dependencies: { plain: '1.0.0', '@acme/scoped': '1.0.0', nested: '1.0.0', carrier: '1.0.0', native: '1.0.0' },
};

let folder = '';
let registry: Server;
let origin = '';
const tarballs = new Map<string, Buffer>();
const jsonOf = new Map<string, Record<string, unknown>>();

const nameOf = (place: string): string => place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);
const integrityOf = (place: string): string =>
  `sha512-${createHash('sha512')
    .update(tarballs.get(place) ?? '')
    .digest('base64')}`;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-npm-equality-'));
  for (const [place, { files, json }] of Object.entries(packages)) {
    const packageJson = { name: nameOf(place), version: '1.0.0', ...json };
    jsonOf.set(place, packageJson);
    const entries: ArchiveFile[] = Object.entries({ 'package.json': JSON.stringify(packageJson), ...files }).map(([path, text]) => ({
      path,
      bytes: Buffer.from(text),
      mode: path.startsWith('bin/') ? 0o755 : 0o644,
    }));
    tarballs.set(place, packTarball(entries));
  }
  registry = createServer((request, response) => {
    const place = decodeURIComponent((request.url ?? '').slice('/tarballs/'.length, -'.tgz'.length));
    const bytes = tarballs.get(place);
    response.writeHead(bytes === undefined ? 404 : 200, { 'content-type': 'application/octet-stream' }).end(bytes);
  });
  await new Promise<void>((resolve) => registry.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(registry.address() as AddressInfo).port}`;
});
afterAll(() => {
  registry.closeAllConnections();
  registry.close();
  rmSync(folder, { recursive: true, force: true });
});

function makeLock(): Buffer {
  const locked = Object.keys(packages).map((place) => {
    const { name: _, ...facts } = jsonOf.get(place) ?? {};
    const resolved = `${origin}/tarballs/${encodeURIComponent(place)}.tgz`;
    return [place, { ...facts, resolved, integrity: integrityOf(place), ...packages[place]?.lock }];
  });
  const bundled = { 'node_modules/carrier/node_modules/inner': { version: '1.0.0', inBundle: true } };
  const { name, version, dependencies } = root;
  const lock = {
    name,
    version,
    lockfileVersion: 3,
    requires: true,
    packages: { '': { name, version, dependencies }, ...Object.fromEntries(locked), ...bundled },
  };
  return Buffer.from(JSON.stringify(lock, null, 2));
}

/** Every file below a folder with the digest of its content. npm's own notes and links to programs are not part of any package. */
function contentOf(tree: string, prefix = ''): Record<string, string> {
  const entries = readdirSync(join(tree, prefix)).flatMap((name): [string, string][] => {
    const path = `${prefix}${name}`;
    const stats = lstatSync(join(tree, path));
    if (name === '.bin' || name === '.package-lock.json' || name === '.complete') return [];
    if (stats.isDirectory()) return Object.entries(contentOf(tree, `${path}/`));
    return [
      [
        path,
        createHash('sha256')
          .update(readFileSync(join(tree, path)))
          .digest('hex'),
      ],
    ];
  });
  return Object.fromEntries(entries.sort(([left], [right]) => (left < right ? -1 : 1)));
}

it('when a lock is installed here, the tree is what npm ci makes of it on this machine', async () => {
  const lock = makeLock();
  const byNpm = join(folder, 'npm');
  mkdirSync(byNpm);
  writeFileSync(join(byNpm, 'package.json'), JSON.stringify(root));
  writeFileSync(join(byNpm, 'package-lock.json'), lock);
  const settings = [
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--omit=dev',
    `--registry=${origin}`,
    `--cache=${join(folder, 'cache')}`,
  ];
  await promisify(execFile)('npm', ['ci', ...settings], { cwd: byNpm });

  const { list: bytes } = modulesOf(lock, tarballs);
  const list = readModuleList(bytes, createHash('sha256').update(lock).digest('hex'));
  const layout = createLayout({ root: join(folder, 'agent'), modules: join(folder, 'modules'), temporary: folder });
  mkdirSync(layout.storedTarballs, { recursive: true });
  for (const tarball of tarballs.values()) writeFileSync(layout.storedTarball(createHash('sha256').update(tarball).digest('hex')), tarball);
  const deps: ModulesDeps = {
    fileSystem: nodeFileSystem,
    processes: nodeProcesses,
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
    layout,
    self: { pid: process.pid, startedAt: null },
    platform: { os: platform(), cpu: arch(), libc: 'glibc' },
  };
  const files = { 'package.json': Buffer.from(JSON.stringify(root)), 'package-lock.json': lock };
  await ensureModules(deps, list, { files, signal: new AbortController().signal });

  const ours = contentOf(layout.moduleTree(list.lockDigest));
  expect(ours).toEqual(contentOf(byNpm));
  expect(Object.keys(ours)).toEqual(
    expect.arrayContaining([
      'node_modules/@acme/scoped/.npmignore',
      'node_modules/@acme/scoped/node_modules/nested/index.js',
      'node_modules/carrier/node_modules/inner/i.js',
      'node_modules/native-here/here.node',
    ]),
  );
  expect(Object.keys(ours).filter((path) => path.includes('there'))).toEqual([]);
}, 60_000);
