import { type Role, roles } from '@sluice/contracts';
import { ApiError, notFound } from '../problems/api-error.ts';
import type { Actor } from './actor.ts';

/** Who may use a route: anybody, anybody who is signed in, or members of the organization in its path with at least this role. */
export type Access = 'public' | 'signed_in' | Role;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Required on every route of the people's API; the server does not start without it. */
    access?: Access;
  }
}

/** Whether a role includes another: an owner may all that an operator may, who may all that a viewer may. */
export function includesRole(held: Role, needed: Role): boolean {
  return roles.indexOf(held) <= roles.indexOf(needed);
}

/** Whether the actor has at least this role in the organization. */
export function hasRole(role: Role, actor: Actor | null, organizationId: string): boolean {
  const membership = actor?.memberships.find((each) => each.organizationId === organizationId);
  return membership !== undefined && includesRole(membership.role, role);
}

/**
 * Checks that the actor may use a route.
 * @param organizationId of the route's path; undefined when it has none
 * @throws ApiError UNAUTHENTICATED, FORBIDDEN, or NOT_FOUND for an organization the actor does not belong to (its existence is nobody's business)
 */
export function requireAccess(access: Access, actor: Actor | null, organizationId: string | undefined): void {
  if (access === 'public') return;
  if (actor === null) throw new ApiError('UNAUTHENTICATED', 'Sign in, or send an API token as bearer token.');
  if (organizationId === undefined) {
    if (access !== 'signed_in') throw new Error('a route that asks for a role must have an organization in its path');
    return;
  }
  const membership = actor.memberships.find((each) => each.organizationId === organizationId);
  if (membership === undefined) throw notFound('resource');
  if (access !== 'signed_in' && !includesRole(membership.role, access)) {
    throw new ApiError('FORBIDDEN', `This needs the role ${access} or more; yours is ${membership.role}.`);
  }
}
