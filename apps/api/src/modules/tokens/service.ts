import type { ApiToken, CreateApiTokenRequest, CreatedApiToken, Page, PageQuery } from '@sluice/contracts';
import type { Clock } from '@sluice/platform';
import { type ChangeContext, createApiToken, listApiTokens, revokeApiToken, type Store } from '@sluice/store';
import { issueApiToken } from '../../authentication/api-token.ts';
import type { PurposeKeys } from '../../dependencies.ts';

export type TokensDependencies = { store: Store; clock: Clock; keys: PurposeKeys };

export type Tokens = {
  list(organizationId: string, page: PageQuery): Promise<Page<ApiToken>>;
  create(organizationId: string, request: CreateApiTokenRequest, context: ChangeContext): Promise<CreatedApiToken>;
  /** @throws StoreError NOT_FOUND */
  revoke(organizationId: string, tokenId: string, context: ChangeContext): Promise<void>;
};

const dayMs = 24 * 60 * 60 * 1000;

/** Makes the module of API tokens. */
export function createTokens({ store, clock, keys }: TokensDependencies): Tokens {
  return {
    list: (organizationId, page) => listApiTokens(store, organizationId, page),
    create: async (organizationId, { name, role, expiresInDays }, context) => {
      const expiresAt = expiresInDays === undefined ? null : new Date(clock.now() + expiresInDays * dayMs);
      const created = await store.transaction((tx) => createApiToken(tx, organizationId, { name, role, expiresAt }, context));
      return { ...created, token: issueApiToken(keys['jwt-api'], { tokenId: created.id, organizationId, expiresAt }, clock) };
    },
    revoke: (organizationId, tokenId, context) => store.transaction((tx) => revokeApiToken(tx, organizationId, tokenId, context)),
  };
}
