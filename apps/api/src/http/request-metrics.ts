import type { Clock } from '@sluice/platform';
import type { Metrics } from './metrics.ts';
import type { ApiServer } from './server.ts';

const bucketsSeconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Measures every request of this scope, by route pattern: never by path, whose values are unbounded. */
export function measureRequests(app: ApiServer, metrics: Metrics, clock: Pick<Clock, 'monotonic'>): void {
  const requests = metrics.counter('sluice_http_requests_total', 'Requests of the people’s API, by method, route and status.');
  const durations = metrics.histogram(
    'sluice_http_request_duration_seconds',
    'How long requests of the people’s API took.',
    bucketsSeconds,
  );
  const started = new WeakMap<object, number>();
  app.addHook('onRequest', async (request) => void started.set(request, clock.monotonic()));
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unknown';
    requests.add({ method: request.method, route, status: String(reply.statusCode) });
    const from = started.get(request);
    if (from !== undefined) durations.observe((clock.monotonic() - from) / 1000, { route });
  });
}
