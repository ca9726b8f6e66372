import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { integrityOf, tinyTarball } from './tiny-package.ts';

/** An npm registry on the loopback interface. */
export type TinyRegistry = {
  /** What a process needs in its environment so that its npm asks this registry and keeps nothing in the person's own cache. */
  environment(cacheFolder: string): Record<string, string>;
  close(): Promise<void>;
};

function packument(origin: string, name: string, version: string): object {
  const dist = { tarball: `${origin}/${name}/-/${name}-${version}.tgz`, integrity: integrityOf(tinyTarball(name, version)) };
  return { name, 'dist-tags': { latest: version }, versions: { [version]: { name, version, dist } } };
}

/**
 * Starts a registry that has one version of each of the given packages, every one the smallest there is: publishing needs no network.
 * It does not keep the process alive.
 */
export async function startTinyRegistry(packages: Readonly<Record<string, string>>): Promise<TinyRegistry> {
  let origin = '';
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '').slice(1);
    const name = path.split('/')[0] ?? '';
    const version = packages[name];
    if (version === undefined) response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":"not found"}');
    else if (path.endsWith('.tgz')) response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(tinyTarball(name, version));
    else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(packument(origin, name, version)));
  });
  server.unref();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    environment: (cacheFolder) => ({ npm_config_registry: `${origin}/`, npm_config_cache: cacheFolder, npm_config_fetch_retries: '0' }),
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
