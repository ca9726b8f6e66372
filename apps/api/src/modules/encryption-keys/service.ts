import type { EncryptionKeys } from '@sluice/contracts';
import { addEncryptionKey, type ChangeContext, type Keyring, listEncryptionKeys, type Store } from '@sluice/store';
import { because } from '../../authentication/request-actor.ts';
import type { PurposeKeys } from '../../dependencies.ts';
import { createIdempotency, type RepeatableRequest } from '../../http/idempotently.ts';

export type EncryptionKeysDependencies = { store: Store; keyring: Keyring; keys: PurposeKeys };

export type RotateRequest = { organizationId: string; key: string | undefined; reason: string | undefined };

export type EncryptionKeyring = {
  list(organizationId: string): Promise<EncryptionKeys>;
  /** @throws ApiError IDEMPOTENCY_KEY_REUSED */
  rotate(input: RotateRequest, context: ChangeContext): Promise<EncryptionKeys>;
};

/** Makes the module of encryption keys. */
export function createEncryptionKeys({ store, keyring, keys }: EncryptionKeysDependencies): EncryptionKeyring {
  const idempotently = createIdempotency({ store, keys });
  return {
    list: (organizationId) => listEncryptionKeys(store, organizationId, keyring.masterKeyId),
    rotate: ({ organizationId, key, reason }, context) => {
      const repeatable: RepeatableRequest = { organizationId, actor: context.actor, key, request: ['rotateEncryptionKey', reason ?? ''] };
      return idempotently(repeatable, async (tx) => {
        await addEncryptionKey(tx, { organizationId, keyring }, because(context, reason));
        return listEncryptionKeys(tx, organizationId, keyring.masterKeyId);
      });
    },
  };
}
