import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';

const idempotencyKeyPattern = '^[\\x21-\\x7e]{1,200}$';

/** Headers of a POST that starts something. Other headers are whatever the client sends. */
export const IdempotencyHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      pattern: idempotencyKeyPattern,
      description: 'Sending the same request again with the same key gives the same answer and starts nothing twice.',
    }),
  ),
});

/** The key that makes a repeated request harmless; undefined when the client sent none. */
export function idempotencyKeyOf(request: Pick<FastifyRequest, 'headers'>): string | undefined {
  const header = request.headers['idempotency-key'];
  return typeof header === 'string' ? header : undefined;
}
