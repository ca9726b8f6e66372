import type { ProblemCode } from '@sluice/contracts';
import type { Access } from '../authentication/access.ts';

/** How a client proves who it is on a route, in OpenAPI's form. Undefined: the route says so itself. */
export function securityOf(access: Access | undefined): Record<string, string[]>[] | undefined {
  if (access === undefined) return undefined;
  return access === 'public' ? [] : [{ session: [] }, { apiToken: [] }];
}

/** The problems that come with a route's access. */
export function accessProblems(access: Access | undefined): ProblemCode[] {
  if (access === undefined || access === 'public') return [];
  return ['UNAUTHENTICATED', 'TOKEN_EXPIRED', 'TOKEN_REVOKED', 'CROSS_SITE_REQUEST', 'FORBIDDEN', 'NOT_FOUND'];
}
