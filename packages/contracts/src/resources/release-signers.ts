import { type Static, Type } from 'typebox';
import { Closed, Digest, Name, Timestamp, Uuid } from '../schema.ts';
import { Envelope } from '../signed.ts';

/** Signatures of others that one release can have. */
export const releaseSignaturesMax = 8;

/** A public key that may sign releases besides the organization's own; its private half is somewhere else. */
export const ReleaseSigner = Closed({
  id: Uuid,
  name: Type.String(),
  keyId: Digest,
  publicKey: Type.String({ description: 'Ed25519, base64 of the raw 32 bytes.' }),
  createdBy: Type.String(),
  createdAt: Timestamp,
});
export type ReleaseSigner = Static<typeof ReleaseSigner>;

const Key = Type.String({ pattern: '^[A-Za-z0-9+/]{43}=$', description: 'Ed25519, base64 of the raw 32 bytes.' });
const SignatureText = Type.String({
  pattern: '^[A-Za-z0-9+/]{86}==$',
  description: 'Ed25519, base64 of 64 bytes, over the DSSE pre-authentication encoding.',
});

/** `POST …/release-signers`. */
export const CreateReleaseSignerRequest = Closed({ name: Name, publicKey: Key });
export type CreateReleaseSignerRequest = Static<typeof CreateReleaseSignerRequest>;

/** `POST …/releases/{id}/signatures`. */
export const SignReleaseRequest = Closed({ keyId: Digest, signature: SignatureText });
export type SignReleaseRequest = Static<typeof SignReleaseRequest>;

/** Who signed a release. `signer`: the name of the registered key; null: the organization's own, or a key that is not registered any more. */
export const ReleaseSignatures = Closed({
  digest: Digest,
  envelope: Envelope,
  signatures: Type.Array(Closed({ keyId: Digest, signer: Type.Union([Type.String(), Type.Null()]), isOwn: Type.Boolean() })),
});
export type ReleaseSignatures = Static<typeof ReleaseSignatures>;

export const ReleaseSignerList = Closed({ items: Type.Array(ReleaseSigner) });
export type ReleaseSignerList = Static<typeof ReleaseSignerList>;
