import { Type } from 'typebox';
import type { ApiDependencies } from '../../dependencies.ts';
import { declareRoute } from '../../http/route-schema.ts';
import type { ApiServer } from '../../http/server.ts';
import { ApiError } from '../../problems/api-error.ts';

const Status = Type.Object({ status: Type.Literal('ok') }, { additionalProperties: false });

/** What load balancers and Prometheus ask. Reachable without signing in; tells nothing about any organization. */
export function registerOperations(app: ApiServer, deps: ApiDependencies): void {
  const health = declareRoute({
    operationId: 'getHealth',
    tags: ['operations'],
    summary: 'The process answers.',
    response: { 200: Status },
  });
  app.get('/healthz', { schema: health }, async () => ({ status: 'ok' as const }));

  const ready = declareRoute({
    operationId: 'getReadiness',
    tags: ['operations'],
    summary: 'The process and its database answer.',
    response: { 200: Status },
  });
  app.get('/readyz', { schema: ready }, async () => {
    try {
      await deps.store.ping();
    } catch (cause) {
      throw new ApiError('UNAVAILABLE', 'The database does not answer.', { cause, headers: { 'retry-after': '2' } });
    }
    return { status: 'ok' as const };
  });

  const metrics = declareRoute({
    operationId: 'getMetrics',
    tags: ['operations'],
    summary: "The process's figures in Prometheus' text format.",
    response: { 200: Type.String() },
  });
  app.get('/metrics', { schema: metrics }, async (_request, reply) => {
    return reply
      .type('text/plain; version=0.0.4; charset=utf-8')
      .serializer((text: string) => text)
      .send(deps.metrics.render());
  });
}
