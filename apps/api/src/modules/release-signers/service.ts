import type { CreateReleaseSignerRequest, Envelope, ReleaseSignatures, ReleaseSigner, SignReleaseRequest } from '@sluice/contracts';
import {
  addReleaseSignature,
  type ChangeContext,
  createReleaseSigner,
  getReleaseParts,
  listReleaseSigners,
  type Reader,
  removeReleaseSigner,
  type Store,
} from '@sluice/store';
import { decodeBase64, keyIdOf, pae, TrustError, verifyBytes } from '@sluice/trust';
import type { PurposeKeys } from '../../dependencies.ts';
import { createIdempotency, type RepeatableRequest } from '../../http/idempotently.ts';
import { ApiError } from '../../problems/api-error.ts';

export type NewSignerRequest = { organizationId: string; key: string | undefined; request: CreateReleaseSignerRequest };
export type NewSignature = { organizationId: string; releaseId: string; request: SignReleaseRequest };

export type ReleaseSigners = {
  list(organizationId: string): Promise<ReleaseSigner[]>;
  /** @throws StoreError NAME_TAKEN, CONFLICT; ApiError VALIDATION_FAILED when it is no key */
  create(input: NewSignerRequest, context: ChangeContext): Promise<ReleaseSigner>;
  /** @throws StoreError NOT_FOUND */
  remove(organizationId: string, signerId: string, context: ChangeContext): Promise<void>;
  /** @throws StoreError NOT_FOUND */
  signatures(organizationId: string, releaseId: string): Promise<ReleaseSignatures>;
  /** @throws StoreError NOT_FOUND, STATE_CONFLICT, SIGNATURE_INVALID */
  sign(input: NewSignature, context: ChangeContext): Promise<ReleaseSignatures>;
};

function idOfKey(publicKey: string): string {
  try {
    return keyIdOf(publicKey);
  } catch (cause) {
    if (!(cause instanceof TrustError)) throw cause;
    const errors = [{ pointer: '/publicKey', detail: 'is not an Ed25519 public key' }];
    throw new ApiError('VALIDATION_FAILED', 'The key cannot be used: see errors.', { errors });
  }
}

/** Whether a signature is the key's over exactly the bytes that the organization signed (DSSE protocol v1). */
function isSignedBy({ payloadType, payload }: Envelope, publicKey: string, signature: string): boolean {
  const message = pae(payloadType, decodeBase64(payload, 'payload'));
  try {
    return verifyBytes(message, decodeBase64(signature, 'signature'), publicKey);
  } catch {
    // A point that is on no curve: OpenSSL refuses it.
    return false;
  }
}

async function signaturesOf(reader: Reader, organizationId: string, releaseId: string): Promise<ReleaseSignatures> {
  const { digest, envelope } = await getReleaseParts(reader, organizationId, releaseId);
  const names = new Map((await listReleaseSigners(reader, organizationId)).map(({ keyId, name }) => [keyId, name]));
  // The control plane signs first, and once.
  const signatures = envelope.signatures.map(({ keyid }, index) => ({
    keyId: keyid,
    signer: names.get(keyid) ?? null,
    isOwn: index === 0,
  }));
  return { digest, envelope, signatures };
}

/** Makes the module of keys that others sign releases with. */
export function createReleaseSigners({ store, keys }: { store: Store; keys: PurposeKeys }): ReleaseSigners {
  const idempotently = createIdempotency({ store, keys });
  return {
    list: (organizationId) => listReleaseSigners(store, organizationId),
    create: ({ organizationId, key, request }, context) => {
      const keyId = idOfKey(request.publicKey);
      const repeatable: RepeatableRequest = { organizationId, actor: context.actor, key, request: ['createReleaseSigner', request] };
      return idempotently(repeatable, (tx) => createReleaseSigner(tx, organizationId, { ...request, keyId }, context));
    },
    remove: (organizationId, signerId, context) => store.transaction((tx) => removeReleaseSigner(tx, organizationId, signerId, context)),
    signatures: (organizationId, releaseId) => signaturesOf(store, organizationId, releaseId),
    sign: ({ organizationId, releaseId, request }, context) =>
      store.transaction(async (tx) => {
        const verify = (envelope: Envelope, publicKey: string): boolean => isSignedBy(envelope, publicKey, request.signature);
        await addReleaseSignature(tx, organizationId, { releaseId, ...request, verify }, context);
        return signaturesOf(tx, organizationId, releaseId);
      }),
  };
}
