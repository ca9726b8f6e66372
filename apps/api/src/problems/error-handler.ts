import { problemStatus } from '@sluice/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RouteTable } from '../http/route-table.ts';
import type { ApiServer } from '../http/server.ts';
import { failureOf, isServerFailure } from './failure.ts';
import { type Failure, problemMediaType, problemOf } from './problem.ts';

const unexpected: Failure = {
  code: 'INTERNAL',
  detail: 'The control plane failed. Nothing was changed; report the trace id if it stays so.',
};

function send(reply: FastifyReply, failure: Failure, traceId: string): FastifyReply {
  return reply
    .code(problemStatus[failure.code])
    .headers(failure.headers ?? {})
    .header('content-type', problemMediaType)
    .header('cache-control', 'no-store')
    .serializer((text: string) => text)
    .send(JSON.stringify(problemOf(failure, traceId)));
}

/** Answers every error as problem details (RFC 9457); what is unexpected is logged under the trace id that the answer carries. */
export function handleError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const failure = failureOf(error) ?? unexpected;
  if (isServerFailure(failure)) {
    request.log.error({ err: error, traceId: request.id, method: request.method, route: request.routeOptions.url }, 'request failed');
  }
  return send(reply, failure, request.id);
}

/** Answers addresses that do not exist, and methods that an address does not take. */
export function answerUnknownRoute(table: RouteTable, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const path = request.url.split('?', 1)[0] ?? '/';
  const methods = table.methodsOf(path);
  if (methods.length === 0) return send(reply, { code: 'NOT_FOUND', detail: 'There is nothing at this address.' }, request.id);
  const allow = methods.join(', ');
  const detail = `This address takes ${allow}, not ${request.method}.`;
  return send(reply, { code: 'METHOD_NOT_ALLOWED', detail, headers: { allow } }, request.id);
}

/** Installs both for everything that is registered on the server afterwards. */
export function installProblems(app: ApiServer, table: RouteTable): void {
  app.addHook('onRoute', (route) => table.add(route));
  app.setErrorHandler(handleError);
  app.setNotFoundHandler((request, reply) => answerUnknownRoute(table, request, reply));
}
