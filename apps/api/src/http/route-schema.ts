import type { ProblemCode } from '@sluice/contracts';
import type { TSchema } from 'typebox';

/** Chapters of the API's documentation. */
export const tags = [
  'sessions',
  'organizations',
  'tokens',
  'applications',
  'snapshots',
  'integrations',
  'git remotes',
  'releases',
  'policies',
  'pipelines',
  'promotions',
  'groups',
  'enrollment codes',
  'devices',
  'variables',
  'rollouts',
  'ledger',
  'events',
  'webhooks',
  'operations',
  'device API',
] as const;
export type RouteTag = (typeof tags)[number];

/** What every route declares, so that validation, answers and the OpenAPI document have one source. */
export type RouteDeclaration = {
  /** Unique; the name of the call in generated clients: `listDevices`. */
  operationId: string;
  tags: RouteTag[];
  /** One line for people. */
  summary: string;
  description?: string;
  body?: TSchema;
  querystring?: TSchema;
  params?: TSchema;
  headers?: TSchema;
  /** Schema of each success status; `Type.Null()` for one without a body. */
  response: Record<number, TSchema>;
  /** Problem codes beyond those every route can answer with. */
  problems?: ProblemCode[];
};

declare module 'fastify' {
  interface FastifySchema {
    problems?: readonly ProblemCode[];
  }
}

/** Checks a route's declaration and keeps its exact types, from which Fastify infers request and answer. */
export function declareRoute<const D extends RouteDeclaration>(declaration: D): D {
  return declaration;
}
