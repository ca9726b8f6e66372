import { join } from 'node:path';
import helmet from '@fastify/helmet';
import fastifyStatic from '@fastify/static';
import type { ApiDependencies } from '../../dependencies.ts';
import { contentSecurityPolicy } from '../../http/security-headers.ts';
import type { ApiServer } from '../../http/server.ts';

// Vite puts a digest of the content into every name below assets/, so those never change.
const immutable = 'public, max-age=31536000, immutable';

const page = 'index.html';

/** True for addresses that the console routes in the browser: neither the control plane's own, nor those of its files. */
function isConsoleAddress(url: string): boolean {
  return !/^\/(api|device|git|assets|healthz|readyz|metrics)(\/|\?|$)/.test(url);
}

/**
 * Serves the built console: its files, and its page for every address that is not the API's, because the console routes in the browser.
 * Does nothing when no folder is configured.
 */
export async function registerConsole(app: ApiServer, deps: ApiDependencies): Promise<void> {
  const root = deps.configuration.consoleFolder;
  if (root === undefined) return;
  await app.register(helmet, { contentSecurityPolicy });
  await app.register(fastifyStatic, {
    root,
    // One route per file of the build: what is not among them can only be an address of the console's own.
    wildcard: false,
    index: false,
    cacheControl: false,
    setHeaders: (reply, path) => void reply.header('cache-control', path.startsWith(join(root, 'assets', '/')) ? immutable : 'no-cache'),
  });
  const schema = { hide: true };
  app.get('/', { schema }, (_request, reply) => reply.sendFile(page));
  app.get('/*', { schema }, (request, reply) => (isConsoleAddress(request.url) ? reply.sendFile(page) : reply.callNotFound()));
}
