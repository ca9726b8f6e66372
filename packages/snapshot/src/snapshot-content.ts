import type { VariableDeclaration } from '@sluice/contracts';
import { canonicalJson, sha256Hex } from '@sluice/trust';
import type { JsonObject } from './json.ts';
import type { PackageManifest } from './modules/package-manifest.ts';

/** Everything that makes a snapshot what it is. Two with the same content have the same digest and are the same snapshot. */
export type SnapshotContent = {
  /** Node-RED's revision of the flows (`flowsRevision`). */
  flowsDigest: string;
  /** `credentialsDigest`; null without credentials. Keyed, so that the snapshot's digest betrays nothing. */
  credentialsDigest: string | null;
  package: PackageManifest;
  /** `lockDigest`; null before a lock was resolved. */
  lockDigest: string | null;
  /** Settings of the runtime that the application brings along. */
  settings: JsonObject;
  /** The variables it needs from outside; their order does not matter. */
  variables: readonly VariableDeclaration[];
};

/**
 * The digest of a snapshot: SHA-256 (hexadecimal) over the canonical JSON (RFC 8785) of
 * `{version: 1, flowsDigest, credentialsDigest, package: {dependencies, nodeRedSettings}, lockDigest, settings, variables}`,
 * where absent parts are null and variables are ordered by name.
 * @throws {TrustError} MALFORMED when the settings are not plain JSON data
 */
export function snapshotDigest(content: SnapshotContent): string {
  const { flowsDigest, credentialsDigest, lockDigest, settings } = content;
  const { dependencies, nodeRedSettings } = content.package;
  const variables = [...content.variables].sort((left, right) => (left.name < right.name ? -1 : 1));
  return sha256Hex(
    canonicalJson({
      version: 1,
      flowsDigest,
      credentialsDigest,
      package: { dependencies, nodeRedSettings },
      lockDigest,
      settings,
      variables,
    }),
  );
}
