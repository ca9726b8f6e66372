import { type Static, Type } from 'typebox';
import { Closed, Name, Timestamp, Uuid } from '../schema.ts';
import { OneOf } from '../states.ts';

/** What a member of an organization may do. `owner` manages people and tokens; `operator` changes what runs; `viewer` only reads. */
export const roles = ['owner', 'operator', 'viewer'] as const;
export type Role = (typeof roles)[number];

export const Email = Type.String({ minLength: 3, maxLength: 254, pattern: '^[^\\s@]+@[^\\s@]+$' });
export const Password = Type.String({ minLength: 12, maxLength: 256 });

/** `POST /api/v1/sessions`: sign in; the answer sets the session cookie. */
export const SignInRequest = Closed({ email: Email, password: Type.String({ minLength: 1, maxLength: 256 }) });
export type SignInRequest = Static<typeof SignInRequest>;

/** `POST /api/v1/sessions/link`: sign in once with the link of the first start, and choose a password. */
export const SignInLinkRequest = Closed({ token: Type.String({ minLength: 1, maxLength: 200 }), password: Password });
export type SignInLinkRequest = Static<typeof SignInLinkRequest>;

/** Who is asking, and in which organizations. */
export const Me = Closed({
  kind: OneOf(['person', 'token'] as const),
  id: Uuid,
  name: Type.String(),
  email: Type.Union([Type.String(), Type.Null()]),
  memberships: Type.Array(Closed({ organizationId: Uuid, organizationName: Type.String(), role: OneOf(roles) })),
});
export type Me = Static<typeof Me>;

export const Organization = Closed({ id: Uuid, name: Type.String(), createdAt: Timestamp });
export type Organization = Static<typeof Organization>;
export const CreateOrganizationRequest = Closed({ name: Name });

/** An API token. The token itself is shown once, in the answer to its creation. */
export const ApiToken = Closed({
  id: Uuid,
  name: Type.String(),
  role: OneOf(roles),
  createdAt: Timestamp,
  expiresAt: Type.Union([Timestamp, Type.Null()]),
  lastUsedAt: Type.Union([Timestamp, Type.Null()]),
  revokedAt: Type.Union([Timestamp, Type.Null()]),
});
export type ApiToken = Static<typeof ApiToken>;
export const CreateApiTokenRequest = Closed({
  name: Name,
  role: OneOf(roles),
  expiresInDays: Type.Optional(Type.Integer({ minimum: 1, maximum: 3650 })),
});
export type CreateApiTokenRequest = Static<typeof CreateApiTokenRequest>;
export const CreatedApiToken = Closed({ ...ApiToken.properties, token: Type.String() });
export type CreatedApiToken = Static<typeof CreatedApiToken>;
