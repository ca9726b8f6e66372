import type { FastifyRequest } from 'fastify';
import { ApiError } from '../problems/api-error.ts';

/** The entity tag of a resource's version (RFC 9110, 8.8.3). */
export function entityTag(version: number): string {
  return `"${version}"`;
}

/**
 * The version that the client changes, from `If-Match` (RFC 9110, 13.1.1); null for `*`, any version.
 * @throws ApiError PRECONDITION_REQUIRED without the header, BAD_REQUEST for what is no tag of ours
 */
export function requiredVersion(request: Pick<FastifyRequest, 'headers'>): number | null {
  const version = optionalVersion(request);
  if (version !== undefined) return version;
  throw new ApiError('PRECONDITION_REQUIRED', 'Send If-Match with the ETag of the resource as you last read it.');
}

/** As `requiredVersion`, but undefined when the header is not sent. */
export function optionalVersion(request: Pick<FastifyRequest, 'headers'>): number | null | undefined {
  const header = request.headers['if-match'];
  if (header === undefined) return undefined;
  if (header.trim() === '*') return null;
  const digits = /^"(\d{1,9})"$/.exec(header.trim())?.[1];
  if (digits === undefined) throw new ApiError('BAD_REQUEST', 'If-Match must be the ETag of the resource, such as "3" with its quotes.');
  return Number(digits);
}
