import helmet from '@fastify/helmet';
import fastifyStatic from '@fastify/static';
import type { FastifyReply } from 'fastify';
import type { ApiDependencies } from '../../dependencies.ts';
import { contentSecurityPolicy } from '../../http/security-headers.ts';
import type { ApiServer } from '../../http/server.ts';

// Vite puts a digest of the content into every name below assets/, so those never change.
const immutable = 'public, max-age=31536000, immutable';

/** True for addresses of the control plane itself, which never fall back to the console's page. */
function isApiPath(path: string): boolean {
  return /^\/(api|device|healthz|readyz|metrics)(\/|$)/.test(path);
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
    wildcard: false,
    index: false,
    serve: false,
  });
  const page = (reply: FastifyReply): FastifyReply => reply.header('cache-control', 'no-cache').sendFile('index.html');
  app.get('/assets/*', { schema: { hide: true } }, (request, reply) =>
    reply.header('cache-control', immutable).sendFile(`assets/${(request.params as { '*': string })['*']}`, { cacheControl: false }),
  );
  app.get('/', { schema: { hide: true } }, (_request, reply) => page(reply));
  app.get('/*', { schema: { hide: true } }, (request, reply) => (isApiPath(request.url) ? reply.callNotFound() : page(reply)));
}
