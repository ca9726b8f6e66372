import {
  CreateWebhookRequest,
  Page,
  PageQuery,
  ReplayedDeliveries,
  ReplayWebhookRequest,
  RotateWebhookSecretRequest,
  UpdateWebhookRequest,
  Uuid,
  Webhook,
  WebhookDelivery,
  WebhookDeliveryDetail,
  WebhookDeliveryQuery,
  WebhookWithSecret,
} from '@sluice/contracts';
import { Type } from 'typebox';
import { changeContextOf } from '../../authentication/request-actor.ts';
import { entityTag, requiredVersion } from '../../http/entity-tag.ts';
import { IdempotencyHeaders, idempotencyKeyOf } from '../../http/idempotency.ts';
import { OrganizationParams, organizationParams, organizationPath } from '../../http/organization-route.ts';
import { declareRoute, type RouteTag } from '../../http/route-schema.ts';
import type { ApiServer } from '../../http/server.ts';
import type { Webhooks } from './service.ts';

const tags: RouteTag[] = ['webhooks'];
const WebhookParams = organizationParams({ webhookId: Uuid });
const DeliveryParams = organizationParams({ webhookId: Uuid, deliveryId: Uuid });

const create = declareRoute({
  operationId: 'createWebhook',
  tags,
  summary: 'Have a server told what happens, from now on. The answer is the only place where its secret stands.',
  description: 'Requests are signed as Standard Webhooks say. What it is told: docs/webhooks.md. Try it with a test.',
  params: OrganizationParams,
  headers: IdempotencyHeaders,
  body: CreateWebhookRequest,
  response: { 201: WebhookWithSecret },
  problems: ['NOT_FOUND', 'STATE_CONFLICT', 'IDEMPOTENCY_KEY_REUSED'],
});
const list = declareRoute({
  operationId: 'listWebhooks',
  tags,
  summary: 'The webhooks of the organization, newest first, each with how it does.',
  params: OrganizationParams,
  querystring: PageQuery,
  response: { 200: Page(Webhook) },
  problems: ['CURSOR_INVALID'],
});
const get = declareRoute({
  operationId: 'getWebhook',
  tags,
  summary: 'One webhook. The ETag is its version.',
  params: WebhookParams,
  response: { 200: Webhook },
});
const update = declareRoute({
  operationId: 'updateWebhook',
  tags,
  summary: 'Change a webhook; what waits for it is tried at once. Needs If-Match.',
  params: WebhookParams,
  body: UpdateWebhookRequest,
  response: { 200: Webhook },
  problems: ['VERSION_STALE', 'PRECONDITION_REQUIRED'],
});
const remove = declareRoute({
  operationId: 'removeWebhook',
  tags,
  summary: 'Tell it nothing any more, and forget what it was sent.',
  params: WebhookParams,
  response: { 204: Type.Null() },
});
const rotateSecret = declareRoute({
  operationId: 'rotateWebhookSecret',
  tags,
  summary: 'A new secret, which the answer shows once. The old one signs beside it for a day, or as long as is said.',
  params: WebhookParams,
  headers: IdempotencyHeaders,
  body: RotateWebhookSecretRequest,
  response: { 200: WebhookWithSecret },
  problems: ['IDEMPOTENCY_KEY_REUSED'],
});
const test = declareRoute({
  operationId: 'testWebhook',
  tags,
  summary: 'Send it an event of the type webhook.test now, whatever its filters say.',
  description: 'Accepted: the delivery tells how it went.',
  params: WebhookParams,
  headers: IdempotencyHeaders,
  response: { 202: WebhookDelivery },
  problems: ['STATE_CONFLICT', 'IDEMPOTENCY_KEY_REUSED'],
});
const listDeliveries = declareRoute({
  operationId: 'listWebhookDeliveries',
  tags,
  summary: 'What it was sent or is to be sent, newest first, each with its attempts. Kept for 30 days.',
  params: WebhookParams,
  querystring: WebhookDeliveryQuery,
  response: { 200: Page(WebhookDelivery) },
  problems: ['CURSOR_INVALID'],
});
const getDelivery = declareRoute({
  operationId: 'getWebhookDelivery',
  tags,
  summary: 'One delivery, with the text that is sent.',
  params: DeliveryParams,
  response: { 200: WebhookDeliveryDetail },
});
const replayDelivery = declareRoute({
  operationId: 'replayWebhookDelivery',
  tags,
  summary: 'Send one delivery again, whether it was delivered or not. Its event keeps its id.',
  params: DeliveryParams,
  headers: IdempotencyHeaders,
  response: { 202: WebhookDelivery },
  problems: ['STATE_CONFLICT', 'IDEMPOTENCY_KEY_REUSED'],
});
const replay = declareRoute({
  operationId: 'replayWebhook',
  tags,
  summary: 'Send everything again that was given up and happened since a time.',
  params: WebhookParams,
  headers: IdempotencyHeaders,
  body: ReplayWebhookRequest,
  response: { 202: ReplayedDeliveries },
  problems: ['STATE_CONFLICT', 'IDEMPOTENCY_KEY_REUSED'],
});

const base = `${organizationPath}/webhooks`;
const one = `${base}/:webhookId`;

/** Binds the routes of webhooks. What may leave the organization, and where to, is its owners' to say. */
export function registerWebhooks(app: ApiServer, webhooks: Webhooks): void {
  app.post(base, { schema: create, config: { access: 'owner' } }, async (request, reply) => {
    const input = { organizationId: request.params.organizationId, key: idempotencyKeyOf(request), request: request.body };
    const webhook = await webhooks.create(input, changeContextOf(request));
    return reply.code(201).header('etag', entityTag(webhook.version)).send(webhook);
  });
  app.get(base, { schema: list, config: { access: 'operator' } }, async (request) =>
    webhooks.list(request.params.organizationId, request.query),
  );
  app.get(one, { schema: get, config: { access: 'operator' } }, async (request, reply) => {
    const webhook = await webhooks.get(request.params);
    return reply.header('etag', entityTag(webhook.version)).send(webhook);
  });
  app.patch(one, { schema: update, config: { access: 'owner' } }, async (request, reply) => {
    const input = { ...request.params, version: requiredVersion(request), request: request.body };
    const webhook = await webhooks.update(input, changeContextOf(request));
    return reply.header('etag', entityTag(webhook.version)).send(webhook);
  });
  app.delete(one, { schema: remove, config: { access: 'owner' } }, async (request, reply) => {
    await webhooks.remove(request.params, changeContextOf(request));
    return reply.code(204).send(null);
  });
  app.post(`${one}/rotate-secret`, { schema: rotateSecret, config: { access: 'owner' } }, async (request, reply) => {
    const input = { ...request.params, key: idempotencyKeyOf(request), request: request.body };
    const webhook = await webhooks.rotateSecret(input, changeContextOf(request));
    return reply.header('etag', entityTag(webhook.version)).send(webhook);
  });
  app.post(`${one}/test`, { schema: test, config: { access: 'operator' } }, async (request, reply) => {
    const input = { ...request.params, key: idempotencyKeyOf(request) };
    return reply.code(202).send(await webhooks.test(input, changeContextOf(request)));
  });
  app.post(`${one}/replay`, { schema: replay, config: { access: 'operator' } }, async (request, reply) => {
    const input = { ...request.params, key: idempotencyKeyOf(request), request: request.body };
    return reply.code(202).send(await webhooks.replay(input, changeContextOf(request)));
  });
  registerDeliveries(app, webhooks);
}

function registerDeliveries(app: ApiServer, webhooks: Webhooks): void {
  app.get(`${one}/deliveries`, { schema: listDeliveries, config: { access: 'operator' } }, async (request) =>
    webhooks.listDeliveries(request.params, request.query),
  );
  app.get(`${one}/deliveries/:deliveryId`, { schema: getDelivery, config: { access: 'operator' } }, async (request) =>
    webhooks.getDelivery(request.params),
  );
  app.post(`${one}/deliveries/:deliveryId/replay`, { schema: replayDelivery, config: { access: 'operator' } }, async (request, reply) => {
    const input = { ...request.params, key: idempotencyKeyOf(request) };
    return reply.code(202).send(await webhooks.replayDelivery(input, changeContextOf(request)));
  });
}
