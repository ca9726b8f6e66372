import type { Organization, Page, PageQuery } from '@sluice/contracts';
import type { Random } from '@sluice/platform';
import {
  addMember,
  type ChangeContext,
  createOrganization,
  getOrganization,
  listOrganizations,
  type Store,
  type Transaction,
} from '@sluice/store';
import type { Actor } from '../../authentication/actor.ts';
import type { PurposeKeys } from '../../dependencies.ts';
import { ApiError } from '../../problems/api-error.ts';
import { createOrganizationTrust } from './signing-keys.ts';

export type OrganizationsDependencies = { store: Store; random: Random; keys: PurposeKeys };

export type Organizations = {
  list(actor: Actor, page: PageQuery): Promise<Page<Organization>>;
  get(organizationId: string): Promise<Organization>;
  /** @throws ApiError FORBIDDEN for tokens; StoreError NAME_TAKEN */
  create(request: { name: string }, actor: Actor, context: ChangeContext): Promise<Organization>;
};

/** Makes an organization with its keys in a transaction of the caller's. */
export function foundOrganization(
  tx: Transaction,
  deps: Omit<OrganizationsDependencies, 'store'>,
  name: string,
  context: ChangeContext,
): Promise<Organization> {
  const trust = createOrganizationTrust({ secretKey: deps.keys['secret-encryption'], random: deps.random, now: tx.now, uuid: tx.uuid });
  return createOrganization(tx, { id: tx.uuid(), name, ...trust }, context);
}

/** Makes the module of organizations. */
export function createOrganizations(deps: OrganizationsDependencies): Organizations {
  return {
    list: (actor, page) =>
      listOrganizations(
        deps.store,
        actor.memberships.map((membership) => membership.organizationId),
        page,
      ),
    get: (organizationId) => getOrganization(deps.store, organizationId),
    create: async ({ name }, actor, context) => {
      if (actor.kind !== 'person')
        throw new ApiError('FORBIDDEN', 'An API token belongs to one organization: sign in to make another one.');
      return deps.store.transaction(async (tx) => {
        const organization = await foundOrganization(tx, deps, name, context);
        await addMember(tx, organization.id, { personId: actor.id, role: 'owner' }, context);
        return organization;
      });
    },
  };
}
