import { type Static, Type } from 'typebox';
import { HealthPolicy } from '../health.ts';
import { Closed, Digest, Labels, Name, Text, Timestamp, Uuid } from '../schema.ts';
import { SealedBox, VariableDeclaration } from '../signed.ts';

export const Application = Closed({
  id: Uuid,
  name: Type.String(),
  description: Type.String(),
  createdAt: Timestamp,
  version: Type.Integer(),
});
export type Application = Static<typeof Application>;
export const CreateApplicationRequest = Closed({ name: Name, description: Type.Optional(Text) });
export type CreateApplicationRequest = Static<typeof CreateApplicationRequest>;

/** A JSON document of somebody else's format (flows, package.json, a lock): checked by the snapshot package, not by a schema. */
const ForeignDocument = Type.Union([Type.String(), Type.Array(Type.Unknown()), Type.Record(Type.String(), Type.Unknown())]);

/**
 * `POST …/snapshots`: capture flows. `flows` is the content of flows.json (text or JSON), `package` of package.json, `lock` of package-lock.json,
 * `credentials` of flows_cred.json: plain, or encrypted together with `credentialSecret`. Credentials are never given back.
 */
export const CreateSnapshotRequest = Closed({
  flows: ForeignDocument,
  package: Type.Optional(ForeignDocument),
  lock: Type.Optional(ForeignDocument),
  credentials: Type.Optional(ForeignDocument),
  credentialSecret: Type.Optional(Type.String({ maxLength: 4096 })),
  /** The content of flows_cred.json, plain, sealed to the organization's sealing key. */
  sealedCredentials: Type.Optional(SealedBox),
  settings: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  variables: Type.Optional(Type.Array(VariableDeclaration, { maxItems: 1000 })),
  keepDeclarations: Type.Optional(
    Type.Boolean({
      description:
        'Go on with the settings and the declarations of variables of the newest snapshot, where the request brings none of its own: for senders that know the flows only. Variables that the flows use and nobody has declared are added.',
    }),
  ),
  runtimeVersion: Type.Optional(
    Type.String({
      pattern: '^\\d+\\.\\d+\\.\\d+$',
      description: 'The Node-RED version; default: that of package.json, else the newest tested one.',
    }),
  ),
  message: Type.Optional(Text),
  labels: Type.Optional(Labels),
  parent: Type.Optional(
    Type.Integer({
      minimum: 1,
      description: 'The number of the snapshot that it was made from; default: the newest one of the application.',
    }),
  ),
});
export type CreateSnapshotRequest = Static<typeof CreateSnapshotRequest>;

/** `GET …/sealing-key`: the key to which credentials are sealed before they travel; the same for as long as the master key is. */
export const OrganizationSealingKey = Closed({
  publicKey: Type.String({ pattern: '^[A-Za-z0-9+/]{43}=$', description: 'X25519, base64 of the raw 32 bytes.' }),
});
export type OrganizationSealingKey = Static<typeof OrganizationSealingKey>;

export const Snapshot = Closed({
  id: Uuid,
  applicationId: Uuid,
  number: Type.Integer({ minimum: 1, description: 'v1, v2 … of the application.' }),
  digest: Digest,
  message: Type.String(),
  labels: Labels,
  parent: Type.Union([Type.Integer(), Type.Null()], {
    description: 'The number of the snapshot that it was made from, which may have been deleted since; null for the first.',
  }),
  version: Type.Integer({ description: 'Of the labels: nothing else of a snapshot ever changes.' }),
  createdBy: Type.String(),
  createdAt: Timestamp,
  nodeCount: Type.Integer(),
  flowCount: Type.Integer(),
  modules: Type.Record(Type.String(), Type.String()),
  variables: Type.Array(VariableDeclaration),
  runtimeVersion: Type.String(),
  hasLock: Type.Boolean(),
  hasCredentials: Type.Boolean(),
  commit: Type.Optional(Type.String({ pattern: '^[0-9a-f]{40}$', description: 'Its commit in the git history of the application.' })),
});
export type Snapshot = Static<typeof Snapshot>;

/** A snapshot with its flows. */
export const SnapshotContent = Closed({
  ...Snapshot.properties,
  flows: Type.Array(Type.Unknown()),
  settings: Type.Record(Type.String(), Type.Unknown()),
});
export type SnapshotContent = Static<typeof SnapshotContent>;

/** `POST …/releases`: publish (resolve modules, build the manifest, sign it). Publishing a snapshot again gives the same release. */
export const PublishReleaseRequest = Closed({ snapshotId: Uuid, name: Type.Optional(Name), healthPolicy: Type.Optional(HealthPolicy) });
export type PublishReleaseRequest = Static<typeof PublishReleaseRequest>;

/** Where an imported release came from, as its bundle proved it. */
export const ReleaseOrigin = Closed({
  organizationId: Uuid,
  applicationId: Uuid,
  applicationName: Type.String(),
  releaseName: Type.String(),
  releaseCounter: Type.Integer(),
  releaseDigest: Digest,
  rootDigest: Type.String({ pattern: '^[0-9a-f]{64}$', description: 'SHA-256 of the root of trust that the release was signed under.' }),
  rootVersion: Type.Integer(),
});
export type ReleaseOrigin = Static<typeof ReleaseOrigin>;

export const Release = Closed({
  id: Uuid,
  applicationId: Uuid,
  snapshotId: Uuid,
  snapshotNumber: Type.Integer(),
  name: Type.String(),
  counter: Type.Integer({ minimum: 1 }),
  digest: Digest,
  lockDigest: Digest,
  healthPolicy: HealthPolicy,
  republishedFrom: Type.Union([Uuid, Type.Null()]),
  importedFrom: Type.Optional(ReleaseOrigin),
  publishedBy: Type.String(),
  createdAt: Timestamp,
});
export type Release = Static<typeof Release>;

/** `POST …/releases/import`: the body is a bundle, as `GET …/releases/:id/bundle` of another control plane gives it. */
export const ImportReleaseQuery = Closed({
  trustedRoot: Type.Optional(
    Type.String({
      pattern: '^[0-9a-f]{64}$',
      description: "SHA-256 of the bundle's root.json; default: that of this organization's own root.",
    }),
  ),
});
export type ImportReleaseQuery = Static<typeof ImportReleaseQuery>;

export const ImportedRelease = Closed({
  release: Release,
  snapshot: Snapshot,
  credentialsNeeded: Type.Array(
    Closed({ nodeId: Type.String(), type: Type.String(), name: Type.String(), fields: Type.Array(Type.String()) }),
    { description: 'Nodes whose credentials the release needs: bundles hold none. Capture them with the flows as a new snapshot.' },
  ),
});
export type ImportedRelease = Static<typeof ImportedRelease>;
