import { DeviceCapture, Page, PageQuery, RequestCaptureRequest, Uuid } from '@sluice/contracts';
import { changeContextOf } from '../../authentication/request-actor.ts';
import { IdempotencyHeaders, idempotencyKeyOf } from '../../http/idempotency.ts';
import { organizationParams, organizationPath } from '../../http/organization-route.ts';
import { declareRoute } from '../../http/route-schema.ts';
import type { ApiServer } from '../../http/server.ts';
import type { DeviceCaptures } from './service.ts';

const request = declareRoute({
  operationId: 'requestDeviceCapture',
  tags: ['devices'],
  summary: 'Ask a device for the flows that run there now.',
  description:
    'The device is told with its next request, at once when it is online. When its flows differ from those of the release it runs, a snapshot of ' +
    'them is made. One capture per device is open at a time; it expires after 24 hours.',
  params: organizationParams({ deviceId: Uuid }),
  headers: IdempotencyHeaders,
  body: RequestCaptureRequest,
  response: { 201: DeviceCapture },
  problems: ['STATE_CONFLICT', 'CAPTURE_OPEN', 'IDEMPOTENCY_KEY_REUSED'],
});
const list = declareRoute({
  operationId: 'listDeviceCaptures',
  tags: ['devices'],
  summary: 'What was captured from a device, newest first.',
  params: organizationParams({ deviceId: Uuid }),
  querystring: PageQuery,
  response: { 200: Page(DeviceCapture) },
  problems: ['CURSOR_INVALID'],
});
const get = declareRoute({
  operationId: 'getCapture',
  tags: ['devices'],
  summary: 'One capture: how far it is, and what came of it.',
  params: organizationParams({ captureId: Uuid }),
  response: { 200: DeviceCapture },
});

/** Binds the routes of captures, as people see them. */
export function registerDeviceCaptures(app: ApiServer, captures: DeviceCaptures): void {
  const nested = `${organizationPath}/devices/:deviceId/captures`;
  app.post(nested, { schema: request, config: { access: 'operator' } }, async (incoming, reply) => {
    const { organizationId, deviceId } = incoming.params;
    const input = { organizationId, deviceId, key: idempotencyKeyOf(incoming), request: incoming.body };
    return reply.code(201).send(await captures.request(input, changeContextOf(incoming)));
  });
  app.get(nested, { schema: list, config: { access: 'viewer' } }, async (incoming) =>
    captures.list(incoming.params.organizationId, incoming.params.deviceId, incoming.query),
  );
  app.get(`${organizationPath}/captures/:captureId`, { schema: get, config: { access: 'viewer' } }, async (incoming) =>
    captures.get(incoming.params.organizationId, incoming.params.captureId),
  );
}
