import type { FastifyError } from 'fastify';
import { ApiError } from '../../problems/api-error.ts';

/** Flows may have 25 MiB; the rest is room for JSON's escapes, the lock and the credentials. */
export const snapshotBytesMax = 32 * 1024 * 1024;

/** The error handler of routes that take whole snapshots: says what is too large, and leaves every other error to the server's own handler. */
export function refuseLargeSnapshot(error: FastifyError): never {
  if (error.code !== 'FST_ERR_CTP_BODY_TOO_LARGE') throw error;
  throw new ApiError('FLOWS_TOO_LARGE', `The request is larger than ${snapshotBytesMax} bytes. Move large data out of the flows.`);
}
