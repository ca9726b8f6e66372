import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createNpmModuleResolver } from './npm-module-resolver.ts';

// A registry of our own on the loopback interface, so that the real npm runs without any network.
const integrity = 'sha512-6FlzubTLZG3J2a/NVCAleEhjzq5oxgHyaCU9yYXvcLsvoVaHJq/s5xXI6/XXP6tz7R9xAOtHnSO/tXtF3WRTlA==';
let registry: Server;
let origin: string;
let cache: string;
let asked: string[] = [];

function packument(name: string): object {
  const version = (number: string): object => ({ name, version: number, dist: { tarball: `${origin}/${name}-${number}.tgz`, integrity } });
  return { name, 'dist-tags': { latest: '1.1.0' }, versions: { '1.0.0': version('1.0.0'), '1.1.0': version('1.1.0') } };
}

beforeAll(async () => {
  cache = await mkdtemp(join(tmpdir(), 'sluice-npm-cache-'));
  registry = createServer((request, response) => {
    const name = request.url?.slice(1) ?? '';
    asked.push(name);
    if (name.startsWith('slow')) return;
    response.writeHead(name === 'contrib-line' ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(name === 'contrib-line' ? packument(name) : { error: 'not found' }));
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

function resolverFor(registryUrl: string, timeoutMs = 60_000) {
  const environment = { ...process.env, npm_config_registry: registryUrl, npm_config_cache: cache, npm_config_fetch_retries: '0' };
  return createNpmModuleResolver({ npm: 'npm', environment, monotonic: () => performance.now(), timeoutMs });
}
const asking = (dependencies: Record<string, string>): string =>
  JSON.stringify({ name: 'sluice-release', version: '0.0.0', private: true, dependencies });

it('when modules exist, npm makes a lock, and the same package.json asks the registry once', async () => {
  const resolver = resolverFor(origin);
  const locks = await Promise.all([
    resolver.resolveLock(asking({ 'contrib-line': '^1.0.0' })),
    resolver.resolveLock(asking({ 'contrib-line': '^1.0.0' })),
  ]);
  expect(JSON.parse(locks[0] ?? '').packages['node_modules/contrib-line']).toMatchObject({ version: '1.1.0', integrity });
  expect(locks[1]).toBe(locks[0]);
  expect(asked).toEqual(['contrib-line']);
  await resolver.checkLock(asking({ 'contrib-line': '^1.0.0' }), locks[0] ?? '');
  await expect(resolver.checkLock(asking({ 'contrib-line': '1.0.0' }), locks[0] ?? '')).rejects.toMatchObject({ code: 'LOCK_MISMATCH' });
});

it('when a module or its version does not exist, it is named', async () => {
  const resolver = resolverFor(origin);
  await expect(resolver.resolveLock(asking({ 'contrib-nothing': '1.0.0' }))).rejects.toMatchObject({
    code: 'MODULE_NOT_FOUND',
    message: expect.stringContaining('contrib-nothing'),
  });
  await expect(resolver.resolveLock(asking({ 'contrib-line': '9.9.9' }))).rejects.toMatchObject({
    code: 'MODULE_NOT_FOUND',
    message: expect.stringContaining('contrib-line@9.9.9'),
  });
});

it('when nothing listens at the registry’s address, it is unreachable', async () => {
  const free = createServer();
  await new Promise<void>((resolve) => free.listen(0, '127.0.0.1', resolve));
  const { port } = free.address() as AddressInfo;
  await new Promise((resolve) => free.close(resolve));
  const resolver = resolverFor(`http://127.0.0.1:${port}`);
  await expect(resolver.resolveLock(asking({ 'contrib-unreachable': '1.0.0' }))).rejects.toMatchObject({ code: 'REGISTRY_UNREACHABLE' });
});

it('when the registry does not answer, npm is ended at the timeout', async () => {
  const resolver = resolverFor(origin, 3_000);
  await expect(resolver.resolveLock(asking({ 'slow-module': '1.0.0' }))).rejects.toMatchObject({ code: 'REGISTRY_UNREACHABLE' });
});

it('when there is no npm, the failure is ours and says what to set', async () => {
  const resolver = createNpmModuleResolver({ npm: '/nowhere/npm', environment: process.env, monotonic: () => 0 });
  await expect(resolver.resolveLock(asking({}))).rejects.toThrow(/SLUICE_NPM/);
});
