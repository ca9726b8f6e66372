import { Type } from 'typebox';
import { OrganizationParams, organizationPath } from '../../http/organization-route.ts';
import { declareRoute } from '../../http/route-schema.ts';
import type { ApiServer } from '../../http/server.ts';
import type { Events } from './service.ts';

const stream = declareRoute({
  operationId: 'streamEvents',
  tags: ['events'],
  summary: 'What changes in the organization, as server-sent events.',
  description:
    'Each `change` event tells that a thing changed: read it again. Without `Last-Event-ID`, and whenever its position is too old, the stream begins with ' +
    '`reset`: read everything that is shown again. Reading after `reset` arrived misses nothing. A comment every 15 seconds shows that the link is alive.',
  params: OrganizationParams,
  headers: Type.Object({ 'last-event-id': Type.Optional(Type.String({ maxLength: 10_000 })) }),
  response: { 200: Type.String({ description: 'text/event-stream' }) },
});

/** Binds the event stream. */
export function registerEvents(app: ApiServer, events: Events): void {
  app.get(`${organizationPath}/events`, { schema: stream, config: { access: 'viewer' } }, async (request, reply) => {
    const subscription = await events.prepare(request.params.organizationId, request.headers['last-event-id']);
    reply.hijack();
    const headers = {
      ...reply.getHeaders(),
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    };
    reply.raw.writeHead(
      200,
      Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined)) as Record<string, string>,
    );
    subscription.start(reply.raw);
    return reply;
  });
  app.addHook('preClose', async () => events.close());
}
