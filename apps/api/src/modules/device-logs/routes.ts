import { LogRequest, Page, PageQuery, RequestLogsRequest, Uuid } from '@sluice/contracts';
import { changeContextOf } from '../../authentication/request-actor.ts';
import { IdempotencyHeaders, idempotencyKeyOf } from '../../http/idempotency.ts';
import { organizationParams, organizationPath } from '../../http/organization-route.ts';
import { declareRoute } from '../../http/route-schema.ts';
import type { ApiServer } from '../../http/server.ts';
import type { DeviceLogs } from './service.ts';

const request = declareRoute({
  operationId: 'requestDeviceLogs',
  tags: ['devices'],
  summary: 'Ask a device for the newest lines of a log.',
  description:
    'The device is told with its next request, at once when it is online, and sends them without the values of its variables and credentials. ' +
    'One request per device is open at a time; it expires after 24 hours, and with it what was sent.',
  params: organizationParams({ deviceId: Uuid }),
  headers: IdempotencyHeaders,
  body: RequestLogsRequest,
  response: { 201: LogRequest },
  problems: ['STATE_CONFLICT', 'LOGS_OPEN', 'IDEMPOTENCY_KEY_REUSED'],
});
const list = declareRoute({
  operationId: 'listLogRequests',
  tags: ['devices'],
  summary: 'Who asked for logs of a device, newest first. Without the lines.',
  params: organizationParams({ deviceId: Uuid }),
  querystring: PageQuery,
  response: { 200: Page(LogRequest) },
  problems: ['CURSOR_INVALID'],
});
const get = declareRoute({
  operationId: 'getLogRequest',
  tags: ['devices'],
  summary: 'One request for logs: how far it is, and the lines.',
  params: organizationParams({ logRequestId: Uuid }),
  response: { 200: LogRequest },
});

/** Binds the routes of logs, as people see them. What a plant does is for who works on it: not for viewers. */
export function registerDeviceLogs(app: ApiServer, logs: DeviceLogs): void {
  const nested = `${organizationPath}/devices/:deviceId/log-requests`;
  app.post(nested, { schema: request, config: { access: 'operator' } }, async (incoming, reply) => {
    const { organizationId, deviceId } = incoming.params;
    const input = { organizationId, deviceId, key: idempotencyKeyOf(incoming), request: incoming.body };
    return reply.code(201).send(await logs.request(input, changeContextOf(incoming)));
  });
  app.get(nested, { schema: list, config: { access: 'operator' } }, async (incoming) =>
    logs.list(incoming.params.organizationId, incoming.params.deviceId, incoming.query),
  );
  app.get(`${organizationPath}/log-requests/:logRequestId`, { schema: get, config: { access: 'operator' } }, async (incoming) =>
    logs.get(incoming.params.organizationId, incoming.params.logRequestId),
  );
}
