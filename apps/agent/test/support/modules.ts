import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { ReleaseModule } from '@sluice/contracts';
import { tarEnd, tarHeader, tarPadding } from '@sluice/platform/tar';
import { lockedModules, parseLock } from '@sluice/snapshot';
import { encodeModuleList } from '@sluice/trust';

/** What a release brings of its modules: `modules.json`, and the tarballs it lists. */
export type ReleaseModules = { list: Buffer; tarballs: Buffer[] };

export type ArchiveFile = { path: string; bytes: Buffer; mode?: number };

const fixtures = fileURLToPath(new URL('../fixtures/', import.meta.url));
const cacheFolder = fileURLToPath(new URL('../../../../node_modules/.cache/sluice-test-tarballs', import.meta.url));
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** A tarball as registries have it. */
export function packTarball(files: readonly ArchiveFile[]): Buffer {
  const parts = files.flatMap(({ path, bytes, mode }) => [
    tarHeader({ path: `package/${path}`, length: bytes.length, ...(mode === undefined ? {} : { mode }) }),
    bytes,
    tarPadding(bytes.length),
  ]);
  return gzipSync(Buffer.concat([...parts, tarEnd]), { level: 1 });
}

/** The list of modules of a lock, given the tarball of each place. Places without one are omitted, as optional packages may be. */
export function modulesOf(packageLock: Buffer, tarballs: ReadonlyMap<string, Buffer>): ReleaseModules {
  const modules: ReleaseModule[] = [];
  const omitted: string[] = [];
  for (const { path, name, version, integrity, os, cpu, libc, optional } of lockedModules(parseLock(packageLock))) {
    const bytes = tarballs.get(path);
    if (bytes === undefined) {
      omitted.push(path);
      continue;
    }
    modules.push({
      path,
      name,
      version: version ?? '0.0.0',
      integrity: integrity ?? `sha512-${createHash('sha512').update(bytes).digest('base64')}`,
      sha256: sha256(bytes),
      length: bytes.length,
      unpackedLength: gunzipSync(bytes).length,
      ...(os === undefined ? {} : { os }),
      ...(cpu === undefined ? {} : { cpu }),
      ...(libc === undefined ? {} : { libc }),
      ...(optional === undefined ? {} : { optional }),
    });
  }
  const list = encodeModuleList({ lockDigest: sha256(packageLock), modules, omitted });
  return { list: Buffer.from(list), tarballs: [...tarballs.values()] };
}

/** The files of an installed package, without those of packages that the lock puts below it. */
function filesBelow(folder: string, isOwn: (path: string) => boolean, prefix = ''): ArchiveFile[] {
  return readdirSync(join(folder, prefix)).flatMap((name): ArchiveFile[] => {
    const path = `${prefix}${name}`;
    const stats = lstatSync(join(folder, path));
    if (stats.isDirectory()) return isOwn(path) ? filesBelow(folder, isOwn, `${path}/`) : [];
    return stats.isFile() ? [{ path, bytes: readFileSync(join(folder, path)), mode: stats.mode & 0o777 }] : [];
  });
}

/** Installs the fixture's lock with npm once per machine and keeps a tarball of each package. */
function makeFixtureTarballs(folder: string, places: readonly string[]): void {
  const tree = mkdtempSync(join(tmpdir(), 'sluice-fixture-'));
  const incoming = `${folder}.${process.pid}`;
  try {
    for (const name of ['package.json', 'package-lock.json']) cpSync(join(fixtures, name), join(tree, name));
    execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--omit=dev', '--prefer-offline'], {
      cwd: tree,
      stdio: 'pipe',
    });
    const known = new Set(places);
    mkdirSync(incoming, { recursive: true });
    for (const [index, place] of places.entries()) {
      if (!existsSync(join(tree, place))) continue;
      const files = filesBelow(join(tree, place), (path) => !known.has(`${place}/${path}`));
      writeFileSync(join(incoming, String(index)), packTarball(files));
    }
    if (!existsSync(folder)) renameSync(incoming, folder);
  } finally {
    rmSync(tree, { recursive: true, force: true });
    rmSync(incoming, { recursive: true, force: true });
  }
}

let fixtureTarballs: Map<string, Buffer> | undefined;
const fixtureLists = new Map<string, ReleaseModules>();

/** The modules of the fixture's lock (Node-RED and Modbus): what `npm ci` installs on this machine, as tarballs. */
export function fixtureModules(packageLock: Buffer = readFileSync(join(fixtures, 'package-lock.json'))): ReleaseModules {
  if (fixtureTarballs === undefined) {
    const lock = readFileSync(join(fixtures, 'package-lock.json'));
    const places = lockedModules(parseLock(lock)).map(({ path }) => path);
    const folder = join(cacheFolder, sha256(lock));
    if (!existsSync(folder)) makeFixtureTarballs(folder, places);
    const present = places.flatMap((place, index): [string, Buffer][] => {
      const path = join(folder, String(index));
      return existsSync(path) ? [[place, readFileSync(path)]] : [];
    });
    fixtureTarballs = new Map(present);
  }
  const key = sha256(packageLock);
  const modules = fixtureLists.get(key) ?? modulesOf(packageLock, fixtureTarballs);
  fixtureLists.set(key, modules);
  return modules;
}
