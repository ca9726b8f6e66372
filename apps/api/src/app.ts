import rateLimit from '@fastify/rate-limit';
import Fastify, { type FastifyBaseLogger, LogController } from 'fastify';
import type { ApiDependencies } from './dependencies.ts';
import { registerOpenApi } from './http/openapi.ts';
import { createRouteTable } from './http/route-table.ts';
import type { ApiServer } from './http/server.ts';
import { validatorCompiler } from './http/validation.ts';
import { registerConsole } from './modules/console/routes.ts';
import { registerDeviceApi } from './modules/device-api/index.ts';
import { registerGit } from './modules/git/routes.ts';
import { createGitRepositories } from './modules/git/service.ts';
import { registerGitWebhook } from './modules/git-remotes/webhook.ts';
import { registerOperations } from './modules/operations/routes.ts';
import { registerPeopleApi } from './modules/people-api.ts';
import { ApiError } from './problems/api-error.ts';
import { handleError, installProblems } from './problems/error-handler.ts';

const bodyBytesMax = 1024 * 1024;

function createServer(deps: ApiDependencies): ApiServer {
  // A short prefix keeps trace ids of several processes apart; a counter costs the hot path nothing.
  const prefix = Buffer.from(deps.random.randomBytes(6)).toString('base64url');
  let requests = 0;
  const app: ApiServer = Fastify({
    loggerInstance: deps.logger as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    // While closing, what still arrives on open connections is served, and those are closed behind it.
    return503OnClosing: false,
    childLoggerFactory: (logger) => logger,
    genReqId: () => `${prefix}-${(requests++).toString(36)}`,
    requestIdHeader: false,
    trustProxy: deps.configuration.trustProxy,
    bodyLimit: bodyBytesMax,
    forceCloseConnections: true,
    frameworkErrors: (error, request, reply) => void handleError(error, request, reply),
  });
  return app.setValidatorCompiler(validatorCompiler);
}

/**
 * Builds the HTTP face of the control plane; nothing listens yet.
 *
 * Each part has a scope of its own, so that the hooks of one (cookies, security headers) cost the others nothing:
 * the device API carries almost all requests of a fleet.
 */
export async function buildApp(deps: ApiDependencies): Promise<ApiServer> {
  const app = createServer(deps);
  installProblems(app, createRouteTable());
  await app.register(rateLimit, {
    global: false,
    errorResponseBuilder: (_request, context) =>
      new ApiError('RATE_LIMITED', `Too many requests: try again in ${context.after}.`, {
        headers: { 'retry-after': String(Math.ceil(context.ttl / 1000)) },
      }),
  });
  await registerOpenApi(app);
  await app.register(async (scope) => registerDeviceApi(scope, deps));
  await app.register(async (scope) => registerPeopleApi(scope, deps));
  await app.register(async (scope) => registerGit(scope, createGitRepositories(deps)));
  await app.register(async (scope) => registerGitWebhook(scope, deps));
  await app.register(async (scope) => registerOperations(scope, deps));
  await app.register(async (scope) => registerConsole(scope, deps));
  return app;
}
