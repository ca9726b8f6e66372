import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { Problem, type ProblemCode, problemStatus } from '@sluice/contracts';
import type { FastifySchema, RouteOptions } from 'fastify';
import type { Access } from '../authentication/access.ts';
import { accessProblems, securityOf } from './openapi-security.ts';
import { tags } from './route-schema.ts';
import type { ApiServer } from './server.ts';

/** Problems that any route can answer with. */
const commonProblems: ProblemCode[] = ['BAD_REQUEST', 'VALIDATION_FAILED', 'INTERNAL', 'UNAVAILABLE'];

/** The problem answers of a route, one per status, naming the codes that share it. */
function problemResponses(codes: readonly ProblemCode[]): Record<number, object> {
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of new Set([...codes, ...commonProblems])) {
    byStatus.set(problemStatus[code], [...(byStatus.get(problemStatus[code]) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, shared]) => [
      status,
      { description: shared.join(', '), content: { 'application/problem+json': { schema: { $ref: 'Problem#' } } } },
    ]),
  );
}

/** What the document says of a route beyond its own schema: who may use it, and how it refuses. */
function describeRoute(schema: FastifySchema | undefined, access: Access | undefined): FastifySchema {
  const { problems = [], ...rest } = schema ?? {};
  const security = securityOf(access);
  return {
    ...rest,
    ...(security === undefined ? {} : { security }),
    response: { ...(rest.response as object | undefined), ...problemResponses([...problems, ...accessProblems(access)]) },
  };
}

/**
 * Refuses a route that the document could not describe: the server does not start with one.
 * Routes that are hidden on purpose (files, pages) are left out of the document.
 */
export function requireDescription({ method, url, schema }: Pick<RouteOptions, 'method' | 'url' | 'schema'>): void {
  if (schema?.hide === true || method === 'HEAD' || method === 'OPTIONS') return;
  const answers = Object.keys((schema?.response as object | undefined) ?? {});
  if (schema?.operationId === undefined || schema.tags === undefined || !answers.some((status) => /^[23]/.test(status))) {
    throw new Error(`${[method].flat().join(', ')} ${url} needs an operationId, tags and the schema of its answer`);
  }
}

/** Serves the OpenAPI 3.1 document at `/api/openapi.json` and a page to browse it at `/api/docs`. Register before the routes it shall describe. */
export async function registerOpenApi(app: ApiServer): Promise<void> {
  app.addSchema({ ...Problem, $id: 'Problem' });
  app.addHook('onRoute', requireDescription);
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Sluice', description: 'The fleet control plane for Node-RED.', version: '1.0.0', license: { name: 'Apache-2.0' } },
      tags: tags.map((name) => ({ name })),
      components: {
        securitySchemes: {
          session: { type: 'apiKey', in: 'cookie', name: 'sluice_session', description: 'The session of a person, set by signing in.' },
          apiToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'An API token of an organization.' },
          deviceToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'The short-lived token of a device.' },
        },
      },
    },
    refResolver: { buildLocalReference: (json) => String(json.$id) },
    transform: ({ schema, url, route }) => ({ schema: describeRoute(schema, route.config?.access), url }),
  });
  await app.register(swaggerUi, { routePrefix: '/api/docs', staticCSP: true });
  app.get('/api/openapi.json', { schema: { hide: true } }, async (_request, reply) => {
    return reply
      .type('application/json')
      .serializer((text: string) => text)
      .send(JSON.stringify(app.swagger()));
  });
}
