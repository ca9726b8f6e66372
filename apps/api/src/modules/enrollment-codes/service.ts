import type { CreatedEnrollmentCode, CreateEnrollmentCodeRequest, EnrollmentCode, Page, PageQuery } from '@sluice/contracts';
import type { Clock, Random } from '@sluice/platform';
import { type ChangeContext, createEnrollmentCode, listEnrollmentCodes, revokeEnrollmentCode, type Store } from '@sluice/store';
import { createSecretToken, hashOfToken } from '../../authentication/secret-token.ts';

export type EnrollmentCodesDependencies = { store: Store; clock: Clock; random: Random };

export type EnrollmentCodes = {
  list(organizationId: string, page: PageQuery): Promise<Page<EnrollmentCode>>;
  /** @throws StoreError NOT_FOUND for the group */
  create(organizationId: string, request: CreateEnrollmentCodeRequest, context: ChangeContext): Promise<CreatedEnrollmentCode>;
  /** @throws StoreError NOT_FOUND */
  revoke(organizationId: string, enrollmentCodeId: string, context: ChangeContext): Promise<void>;
};

/** Tells an enrollment code from other secrets at a glance, for people and for scanners of leaked secrets. */
const prefix = 'slc_';
const defaultLifetimeSeconds = 24 * 60 * 60;

/** Makes the module of enrollment codes. */
export function createEnrollmentCodes({ store, clock, random }: EnrollmentCodesDependencies): EnrollmentCodes {
  return {
    list: (organizationId, page) => listEnrollmentCodes(store, organizationId, page),
    create: async (organizationId, request, context) => {
      const code = `${prefix}${createSecretToken(random).token}`;
      const input = {
        name: request.name,
        codeHash: hashOfToken(code),
        expiresAt: new Date(clock.now() + (request.expiresInSeconds ?? defaultLifetimeSeconds) * 1000),
        maximumUses: request.maximumUses ?? 1,
        automaticApproval: request.automaticApproval ?? false,
        groupId: request.groupId ?? null,
        labels: request.labels ?? {},
      };
      const created = await store.transaction((tx) => createEnrollmentCode(tx, organizationId, input, context));
      return { ...created, code };
    },
    revoke: (organizationId, id, context) => store.transaction((tx) => revokeEnrollmentCode(tx, organizationId, id, context)),
  };
}
