import { type Static, Type } from 'typebox';
import { HealthPolicy } from './health.ts';
import { Base64, Closed, Digest, Timestamp, Uuid, VariableName } from './schema.ts';

/** A DSSE envelope (https://github.com/secure-systems-lab/dsse): signatures over the exact bytes of the payload. */
export const Envelope = Closed({
  payloadType: Type.String({ maxLength: 200 }),
  payload: Base64,
  signatures: Type.Array(Closed({ keyid: Digest, sig: Base64 }), { minItems: 1, maxItems: 16 }),
});
export type Envelope = Static<typeof Envelope>;

export const payloadTypes = {
  release: 'application/vnd.sluice.release.v1+json',
  assignment: 'application/vnd.sluice.assignment.v1+json',
  time: 'application/vnd.sluice.time.v1+json',
} as const;

/** A file of a release. `path` is relative, with forward slashes, without `.` or `..` parts. */
export const ReleaseFile = Closed({
  path: Type.String({ minLength: 1, maxLength: 300 }),
  sha256: Digest,
  length: Type.Integer({ minimum: 0 }),
});
export type ReleaseFile = Static<typeof ReleaseFile>;

/**
 * A package of the module tree. Its tarball is a blob: `sha256` and `length` are the blob's, `integrity` is the lock's own (SRI), already checked
 * by who signed the release. `unpackedLength` is that of the archive inside, which bounds what a device may find when it unpacks.
 * `os`, `cpu`, `libc` are npm's lists of what the package runs on. `optional`: the tree works without it, and it is only there for the sake of its
 * `dependents` (paths; the empty one is the release itself), and only if everything in `requires` is.
 */
export const ReleaseModule = Closed({
  path: Type.String({ pattern: '^node_modules/', maxLength: 300 }),
  name: Type.String({ minLength: 1, maxLength: 214 }),
  version: Type.String({ minLength: 1, maxLength: 256 }),
  integrity: Type.String({ pattern: '^sha(1|256|384|512)-[A-Za-z0-9+/]+=*$', maxLength: 200 }),
  sha256: Digest,
  length: Type.Integer({ minimum: 0 }),
  unpackedLength: Type.Integer({ minimum: 0 }),
  os: Type.Optional(Type.Array(Type.String({ maxLength: 40 }), { maxItems: 40 })),
  cpu: Type.Optional(Type.Array(Type.String({ maxLength: 40 }), { maxItems: 40 })),
  libc: Type.Optional(Type.Array(Type.String({ maxLength: 40 }), { maxItems: 40 })),
  optional: Type.Optional(
    Closed({
      dependents: Type.Array(Type.String({ maxLength: 300 }), { maxItems: 10_000 }),
      requires: Type.Array(Type.String({ maxLength: 300 }), { maxItems: 10_000 }),
    }),
  ),
});
export type ReleaseModule = Static<typeof ReleaseModule>;

/**
 * `modules.json` of a release: every package that its lock names, in ascending order of paths. `omitted` are optional ones that the registry did not
 * have when the release was published: no device gets them.
 */
export const ModuleList = Closed({
  lockDigest: Digest,
  modules: Type.Array(ReleaseModule, { maxItems: 50_000 }),
  omitted: Type.Array(Type.String({ maxLength: 300 }), { maxItems: 50_000 }),
});
export type ModuleList = Static<typeof ModuleList>;

/** A variable that a release expects from outside. */
export const VariableDeclaration = Closed({
  name: VariableName,
  required: Type.Boolean(),
  secret: Type.Boolean(),
  default: Type.Optional(Type.String({ maxLength: 65_536 })),
});
export type VariableDeclaration = Static<typeof VariableDeclaration>;

/**
 * The release manifest: what every device that runs the release must have, complete. Its digest is the SHA-256 of the payload's bytes.
 * `releaseCounter` grows by one with each release of an application: a device refuses a lower one than it committed.
 */
export const ReleaseManifest = Closed({
  organizationId: Uuid,
  applicationId: Uuid,
  releaseCounter: Type.Integer({ minimum: 1 }),
  releaseName: Type.String({ maxLength: 100 }),
  snapshotDigest: Digest,
  files: Type.Array(ReleaseFile, { maxItems: 1000 }),
  lockDigest: Digest,
  runtime: Closed({ kind: Type.Literal('node-red'), version: Type.String(), node: Type.String() }),
  flowsRevision: Digest,
  variables: Type.Array(VariableDeclaration),
  healthPolicy: HealthPolicy,
  minimumAgentVersion: Type.String(),
  createdAt: Timestamp,
});
export type ReleaseManifest = Static<typeof ReleaseManifest>;

/** A time in which a device may switch. `closesAt` itself is outside. */
export const ChangeWindow = Closed({ opensAt: Timestamp, closesAt: Timestamp });
export type ChangeWindow = Static<typeof ChangeWindow>;

/**
 * The signed instruction for one device. `releaseDigest: null` means: run nothing.
 * `revision` only grows per device; `epoch` is the device's identity epoch; `rolloutId`/`attempt` are null when no rollout is behind it.
 * `windows`: the device prepares at once and switches only in one of these, the next ones in their order; absent: whenever it is ready.
 * Only agents whose inventory names the feature `windows` are sent it: others refuse members that they do not know.
 */
export const Assignment = Closed({
  organizationId: Uuid,
  deviceId: Uuid,
  revision: Type.Integer({ minimum: 1 }),
  epoch: Type.Integer({ minimum: 1 }),
  applicationId: Type.Union([Uuid, Type.Null()]),
  releaseDigest: Type.Union([Digest, Type.Null()]),
  releaseCounter: Type.Integer({ minimum: 0 }),
  configurationDigest: Type.Union([Digest, Type.Null()]),
  rolloutId: Type.Union([Uuid, Type.Null()]),
  deploymentId: Type.Union([Uuid, Type.Null()]),
  attempt: Type.Integer({ minimum: 0 }),
  windows: Type.Optional(Type.Array(ChangeWindow, { maxItems: 20 })),
  issuedAt: Timestamp,
  expiresAt: Timestamp,
});
export type Assignment = Static<typeof Assignment>;

/** A shared statement of the server's time: what a device without a trustworthy clock uses as its floor. */
export const TimeStatement = Closed({ organizationId: Uuid, time: Timestamp });
export type TimeStatement = Static<typeof TimeStatement>;

/** The roles of a root (TUF 1.0 `root.json` with roles of our own). */
export const trustRoles = ['root', 'release', 'director', 'time', 'audit'] as const;
export type TrustRole = (typeof trustRoles)[number];

/** What a device opens with its sealing key: variables and credentials for one release. Its digest is the SHA-256 of its canonical JSON. */
export const DeviceConfiguration = Closed({
  deviceId: Uuid,
  salt: Base64,
  variables: Type.Record(VariableName, Type.String()),
  credentials: Type.Record(Type.String(), Type.Record(Type.String(), Type.Unknown())),
});
export type DeviceConfiguration = Static<typeof DeviceConfiguration>;

/** Bytes sealed to a device: ephemeral X25519, HKDF-SHA-256, AES-256-GCM. All members base64. */
export const SealedBox = Closed({ ephemeralPublicKey: Base64, nonce: Base64, ciphertext: Base64, tag: Base64 });
export type SealedBox = Static<typeof SealedBox>;
