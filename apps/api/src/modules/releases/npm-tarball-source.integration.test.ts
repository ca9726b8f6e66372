import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { integrityOf, tarballOf, tinyTarball } from '@sluice/testkit';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { strongestIntegrity } from './integrity.ts';
import { createNpmModuleResolver } from './npm-module-resolver.ts';
import { createNpmTarballSource } from './npm-tarball-source.ts';
import type { FetchedTarball, WantedTarball } from './tarball-source.ts';

// A registry of our own on the loopback interface, so that the real npm runs without any network.
let registry: Server;
let origin: string;
let cache: string;
let asked: string[] = [];
let authorization: string | undefined;

function packument(name: string): object {
  const bytes = tinyTarball(name, '1.0.0');
  const dist = { tarball: `${origin}/${name}/-/${name}-1.0.0.tgz`, integrity: integrityOf(bytes) };
  const outside = { dependencies: { x: 'http://127.0.0.1:9/x.tgz' } };
  const version = { name, version: '1.0.0', dist, ...(name === 'takes-from-outside' ? outside : {}) };
  return { name, 'dist-tags': { latest: '1.0.0' }, versions: { '1.0.0': version } };
}

beforeAll(async () => {
  cache = await mkdtemp(join(tmpdir(), 'sluice-npm-cache-'));
  registry = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '').slice(1);
    asked.push(path);
    authorization ??= request.headers.authorization;
    const name = path.split('/')[0] ?? '';
    if (name.startsWith('absent')) return response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":"not found"}');
    if (path.endsWith('.tgz')) {
      const bytes = name === 'damaged' ? Buffer.from('damaged') : tinyTarball(name, '1.0.0');
      return response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(bytes);
    }
    return response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(packument(name)));
  });
  await new Promise<void>((resolve) => registry.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(registry.address() as AddressInfo).port}`;
});
beforeEach(() => {
  asked = [];
});
afterAll(async () => {
  registry.closeAllConnections();
  registry.close();
  await rm(cache, { recursive: true, force: true });
});

const optionsFor = (registryUrl: string) => ({
  npm: 'npm',
  environment: {
    ...process.env,
    npm_config_registry: registryUrl,
    npm_config_cache: cache,
    npm_config_fetch_retries: '0',
    [`npm_config_//${registryUrl.replace('http://', '')}/:_authToken`]: 'the-token',
  },
  monotonic: () => performance.now(),
});
const sourceFor = (registryUrl: string) => createNpmTarballSource(optionsFor(registryUrl));

function wanted(name: string, more: { optional?: boolean; integrity?: string } = {}): WantedTarball {
  const integrity = strongestIntegrity(more.integrity ?? integrityOf(tinyTarball(name, '1.0.0')));
  if (integrity === undefined) throw new Error('no integrity');
  return { name, version: '1.0.0', integrity, optional: more.optional ?? false };
}
const fetchAll = (each: readonly WantedTarball[], registryUrl = origin): Promise<FetchedTarball[]> =>
  Array.fromAsync(sourceFor(registryUrl).fetch(each));

it('when packages are wanted, npm gets them with its own credentials, and the next time from its cache', async () => {
  const names = ['one', 'two', 'three'];
  const fetched = await fetchAll(names.map((name) => wanted(name)));
  expect(fetched.map(({ wanted: { name }, bytes }) => [name, bytes?.equals(tinyTarball(name, '1.0.0'))])).toEqual(
    names.map((name) => [name, true]),
  );
  expect(asked).toContain('one/-/one-1.0.0.tgz');
  expect(authorization).toBe('Bearer the-token');
  asked = [];
  expect(await fetchAll(names.map((name) => wanted(name)))).toHaveLength(3);
  expect(asked).toEqual([]);
});

it('when an old lock names the package by SHA-1 alone, it is found all the same', async () => {
  const sha1 = `sha1-${createHash('sha1').update(tinyTarball('old', '1.0.0')).digest('base64')}`;
  const [fetched] = await fetchAll([wanted('old', { integrity: sha1 })]);
  expect(fetched?.bytes?.equals(tinyTarball('old', '1.0.0'))).toBe(true);
});

it('when the registry has other bytes than the lock names, that is an integrity mismatch', async () => {
  const other = integrityOf(tarballOf({ 'package.json': '{"version":"other"}' }));
  await expect(fetchAll([wanted('swapped', { integrity: other })])).rejects.toMatchObject({
    code: 'INTEGRITY_MISMATCH',
    message: expect.stringContaining('swapped@1.0.0'),
  });
});

it('when the registry sends other bytes than it promises, that is an integrity mismatch', async () => {
  await expect(fetchAll([wanted('damaged')])).rejects.toMatchObject({ code: 'INTEGRITY_MISMATCH' });
});

it('when the registry lacks a package, it is named, unless the tree works without it', async () => {
  const source = sourceFor(origin);
  const [fetched, present] = await Array.fromAsync(
    source.fetch([wanted('absent-native', { optional: true }), wanted('native', { optional: true })]),
  );
  expect([fetched?.bytes, present?.bytes?.length]).toEqual([null, tinyTarball('native', '1.0.0').length]);
  asked = [];
  await Array.fromAsync(source.fetch([wanted('absent-native', { optional: true })]));
  expect(asked).toEqual([]);
  await expect(fetchAll([wanted('absent-core'), wanted('four')])).rejects.toMatchObject({
    code: 'MODULE_NOT_FOUND',
    message: expect.stringContaining('absent-core'),
  });
});

it('when the registry cannot be reached, that is said, also for optional packages', async () => {
  for (const optional of [false, true]) {
    await expect(fetchAll([wanted('unreachable', { optional })], 'http://127.0.0.1:9')).rejects.toMatchObject({
      code: 'REGISTRY_UNREACHABLE',
    });
  }
});

it('when asked, the hosts are those of the configuration and the one that locks name', async () => {
  expect([...(await sourceFor(origin).registryHosts())].sort()).toEqual([new URL(origin).host, 'registry.npmjs.org'].sort());
});

it('when a dependency is taken from a host that is not there, it is that host and not the registry that is named', async () => {
  const resolver = createNpmModuleResolver(optionsFor(origin));
  const packageJson = JSON.stringify({ name: 'sluice-release', version: '0.0.0', dependencies: { 'takes-from-outside': '1.0.0' } });
  await expect(resolver.resolveLock(packageJson)).rejects.toMatchObject({
    code: 'MODULE_OUTSIDE_REGISTRY',
    message: expect.stringContaining('http://127.0.0.1:9/x.tgz'),
  });
});
