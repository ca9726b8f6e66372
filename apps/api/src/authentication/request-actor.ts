import type { ChangeContext } from '@sluice/store';
import type { FastifyRequest } from 'fastify';
import { ApiError } from '../problems/api-error.ts';
import { type Actor, ledgerActorOf } from './actor.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; null before authentication and on public routes without credentials. */
    actor: Actor | null;
  }
}

/** The actor of a route that is not public. */
export function actorOf(request: FastifyRequest): Actor {
  if (request.actor === null) throw new ApiError('UNAUTHENTICATED', 'Sign in, or send an API token as bearer token.');
  return request.actor;
}

/** What the ledger wants to know about this request. */
export function changeContextOf(request: FastifyRequest): ChangeContext {
  return { actor: ledgerActorOf(actorOf(request)), requestId: request.id };
}

/** The same with the reason that the person gave. */
export function because(context: ChangeContext, reason: string | undefined): ChangeContext {
  return reason === undefined ? context : { ...context, reason };
}
