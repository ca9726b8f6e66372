import type { FastifyReply } from 'fastify';

/** Answers with JSON that was made elsewhere, as it is. Its form is the maker's to keep: tests hold it against the route's schema. */
export function sendJsonBytes(reply: FastifyReply, bytes: Uint8Array): FastifyReply {
  return reply.type('application/json; charset=utf-8').send(bytes);
}
