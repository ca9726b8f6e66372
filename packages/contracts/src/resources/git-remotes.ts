import { type Static, type TSchema, Type } from 'typebox';
import { Closed, Timestamp, Uuid } from '../schema.ts';
import { OneOf } from '../states.ts';

/** `mirror`: the history is pushed there. `import`: what is on its branch becomes snapshots. */
export const gitDirections = ['mirror', 'import'] as const;
export type GitDirection = (typeof gitDirections)[number];

/** `idle`: nothing to do. `due`: the next look at it does something. `failing`: the last try failed; it is tried again. `disabled`: by a person. */
export const gitRemoteStates = ['idle', 'due', 'failing', 'disabled'] as const;
export type GitRemoteState = (typeof gitRemoteStates)[number];

/** Why a push or an import failed. Stable: clients decide by it, never by the text. */
export const gitRemoteErrorCodes = [
  'AUTHENTICATION_FAILED',
  'ACCESS_DENIED',
  'REMOTE_NOT_FOUND',
  'BRANCH_NOT_FOUND',
  'REMOTE_EMPTY',
  'DIVERGED',
  'REJECTED',
  'UNREACHABLE',
  'TLS_FAILED',
  'ADDRESS_REFUSED',
  'REDIRECTED',
  'TOO_LARGE',
  'NOT_A_GIT_SERVER',
  'OBJECTS_CORRUPT',
  'PATH_NOT_FOUND',
  // What is on the branch cannot become a snapshot: the same codes as when somebody uploads it.
  'FLOWS_NOT_FOUND',
  'FLOWS_MALFORMED',
  'FLOWS_TOO_LARGE',
  'PROJECT_MALFORMED',
  'LAYOUT_MALFORMED',
  'PACKAGE_MALFORMED',
  'LOCK_MALFORMED',
  'LOCK_MISMATCH',
  'CREDENTIALS_UNREADABLE',
  'ARCHIVE_MALFORMED',
  'ARCHIVE_TOO_LARGE',
  'VALIDATION_FAILED',
  // The control plane's own trouble.
  'SECRET_UNREADABLE',
  'INTERNAL',
] as const;
export type GitRemoteErrorCode = (typeof gitRemoteErrorCodes)[number];

const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
const Commit = Type.String({ pattern: '^[0-9a-f]{40}$' });

/** A repository somewhere else that an application's history goes to, or comes from. Its secrets are never shown. */
export const GitRemote = Closed({
  id: Uuid,
  applicationId: Uuid,
  direction: OneOf(gitDirections),
  url: Type.String(),
  branch: Type.String(),
  path: Type.String({ description: 'import: the folder of the project in the repository; empty: its root.' }),
  username: nullable(Type.String()),
  hasPassword: Type.Boolean(),
  hasWebhookSecret: Type.Boolean(),
  hasCredentialSecret: Type.Boolean(),
  ignoreCredentials: Type.Boolean(),
  enabled: Type.Boolean(),
  pollIntervalSeconds: nullable(Type.Integer()),
  state: OneOf(gitRemoteStates),
  lastCommit: nullable(Commit),
  lastSnapshotId: nullable(Uuid),
  lastAttemptAt: nullable(Timestamp),
  lastSuccessAt: nullable(Timestamp),
  lastError: nullable(
    Closed({ code: OneOf(gitRemoteErrorCodes), message: Type.String({ description: 'What happened, why, and what to do.' }) }),
  ),
  attempts: Type.Integer({ description: 'Failures in a row.' }),
  nextAttemptAt: nullable(Timestamp),
  version: Type.Integer({ description: 'Of what people set; the ETag.' }),
  createdBy: Type.String(),
  createdAt: Timestamp,
});
export type GitRemote = Static<typeof GitRemote>;

const Url = Type.String({
  minLength: 8,
  maxLength: 2000,
  pattern: '^[^\\s\\u0000-\\u001f\\u007f]+$',
  description: 'https (or http). User and password in it are taken out and kept sealed.',
});
/** The rules of git-check-ref-format that a person can break: the rest is checked by the remote. */
const Branch = Type.String({
  minLength: 1,
  maxLength: 200,
  pattern: '^(?![-./])(?!.*(?:\\.\\.|//|@\\{|/\\.))[^\\s\\u0000-\\u001f\\u007f~^:?*\\[\\\\]+(?<![./])$',
});
const Path = Type.String({
  maxLength: 500,
  pattern: '^(?:(?!\\.{1,2}(?:/|$))[^/\\u0000\\\\]+(?:/(?!\\.{1,2}(?:/|$))[^/\\u0000\\\\]+)*)?$',
  description: 'import: the folder of the project, without slashes at its ends.',
});
const Secret = Type.String({ minLength: 1, maxLength: 4096 });
const pollIntervalSeconds = Type.Integer({ minimum: 30, maximum: 604_800, description: 'import: look at the branch this often.' });
const WebhookSecret = Type.String({ minLength: 16, maxLength: 200, description: 'import: what the git server signs its calls with.' });

/** `POST …/git-remotes`. `password` is a token or a password; without a `username` it is sent with one that git servers take tokens with. */
export const CreateGitRemoteRequest = Closed({
  direction: OneOf(gitDirections),
  url: Url,
  branch: Type.Optional(Branch),
  path: Type.Optional(Path),
  username: Type.Optional(Type.String({ minLength: 1, maxLength: 200, pattern: '^[^:\\u0000-\\u001f]+$' })),
  password: Type.Optional(Secret),
  webhookSecret: Type.Optional(WebhookSecret),
  credentialSecret: Type.Optional(Secret),
  ignoreCredentials: Type.Optional(Type.Boolean({ description: 'import: leave flows_cred.json out.' })),
  pollIntervalSeconds: Type.Optional(pollIntervalSeconds),
  enabled: Type.Optional(Type.Boolean()),
});
export type CreateGitRemoteRequest = Static<typeof CreateGitRemoteRequest>;

/** `PATCH …/git-remotes/{id}`: what is left out stays; null removes it. A new server needs the password again: it is never sent elsewhere by itself. */
export const UpdateGitRemoteRequest = Closed({
  url: Type.Optional(Url),
  branch: Type.Optional(Branch),
  path: Type.Optional(Path),
  username: Type.Optional(nullable(Type.String({ minLength: 1, maxLength: 200, pattern: '^[^:\\u0000-\\u001f]+$' }))),
  password: Type.Optional(nullable(Secret)),
  webhookSecret: Type.Optional(nullable(WebhookSecret)),
  credentialSecret: Type.Optional(nullable(Secret)),
  ignoreCredentials: Type.Optional(Type.Boolean()),
  pollIntervalSeconds: Type.Optional(nullable(pollIntervalSeconds)),
  enabled: Type.Optional(Type.Boolean()),
});
export type UpdateGitRemoteRequest = Static<typeof UpdateGitRemoteRequest>;

/** `POST …/git-remotes/{id}/sync`: do it now. */
export const SyncGitRemoteRequest = Closed({
  force: Type.Optional(
    Type.Boolean({ description: 'mirror: overwrite the branch and tags of the remote with ours, whatever it has. Cannot be taken back.' }),
  ),
});
export type SyncGitRemoteRequest = Static<typeof SyncGitRemoteRequest>;
