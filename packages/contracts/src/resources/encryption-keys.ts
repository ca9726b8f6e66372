import { type Static, Type } from 'typebox';
import { Closed, Text, Timestamp, Uuid } from '../schema.ts';
import { OneOf } from '../states.ts';

/** `active`: secrets are sealed with it. `retiring`: what is sealed with it is sealed anew. `destroyed`: nothing opens with it any more. */
export const encryptionKeyStates = ['active', 'retiring', 'destroyed'] as const;

/** A key that the secrets of an organization are sealed with. The key itself is never shown. */
export const EncryptionKey = Closed({
  id: Uuid,
  number: Type.Integer({ minimum: 1 }),
  state: OneOf(encryptionKeyStates),
  createdBy: Type.String(),
  createdAt: Timestamp,
  retiredAt: Type.Union([Timestamp, Type.Null()]),
  destroyedAt: Type.Union([Timestamp, Type.Null()]),
  secrets: Type.Integer({ description: 'How many secrets are sealed with it.' }),
});
export type EncryptionKey = Static<typeof EncryptionKey>;

/** `GET …/encryption-keys`: newest first, with how far sealing anew is. */
export const EncryptionKeys = Closed({
  keys: Type.Array(EncryptionKey),
  secrets: Type.Integer({ description: 'Secrets of the organization, whatever they are sealed with.' }),
  remaining: Type.Integer({ description: 'Those that are not sealed with the active key yet.' }),
  isDone: Type.Boolean({
    description: 'Everything is sealed with the active key, older keys are destroyed, and all are wrapped with the master key of now.',
  }),
});
export type EncryptionKeys = Static<typeof EncryptionKeys>;

/** `POST …/encryption-keys`: a new key. */
export const RotateEncryptionKeyRequest = Closed({ reason: Type.Optional(Text) });
export type RotateEncryptionKeyRequest = Static<typeof RotateEncryptionKeyRequest>;
