import { sealedCredentialsIdentity } from '@sluice/capture';
import type { SnapshotFormat } from '@sluice/contracts';
import type { Random } from '@sluice/platform';
import {
  type Credentials,
  type ExportedSnapshot,
  encryptCredentials,
  type JsonObject,
  nodesWithCredentials,
  parsePackage,
  plainName,
  readCredentials,
  writeFlowFuse,
  writeProject,
  writeZip,
} from '@sluice/snapshot';
import {
  type ChangeContext,
  getApplication,
  getSnapshot,
  getSnapshotSource,
  type Keyring,
  recordSnapshotExport,
  type Store,
} from '@sluice/store';
import type { PurposeKeys } from '../../dependencies.ts';
import { createIdempotency } from '../../http/idempotently.ts';

/** A snapshot as a file. `credentials`: what became of them. */
export type SnapshotFile = { bytes: Buffer; mediaType: string; name: string; credentials: 'none' | 'omitted' | 'encrypted' };

export type ExportWithCredentials = {
  organizationId: string;
  snapshotId: string;
  format: SnapshotFormat;
  credentialSecret: string;
  key: string | undefined;
};

export type SnapshotExports = {
  /** Without credentials; says which nodes need some. @throws StoreError NOT_FOUND */
  plain(organizationId: string, snapshotId: string, format: SnapshotFormat): Promise<SnapshotFile>;
  /**
   * With credentials, encrypted for the caller; the ledger says who took them.
   * @throws StoreError NOT_FOUND, IDEMPOTENCY_KEY_REUSED
   */
  withCredentials(input: ExportWithCredentials, context: ChangeContext): Promise<SnapshotFile>;
};

type Source = { snapshot: Omit<ExportedSnapshot, 'credentials'>; credentials: Credentials | null };

const ivBytes = 16;
const encode = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

function writeFile(snapshot: ExportedSnapshot, format: SnapshotFormat): Pick<SnapshotFile, 'bytes' | 'mediaType' | 'name'> {
  const name = `${plainName(snapshot.application)}-v${snapshot.number}`;
  const json = 'application/json; charset=utf-8';
  switch (format) {
    case 'flows':
      return { bytes: Buffer.from(snapshot.flows), mediaType: json, name: `${name}.json` };
    case 'flowfuse':
      return { bytes: Buffer.from(writeFlowFuse(snapshot)), mediaType: json, name: `${name}-flowfuse.json` };
    case 'project':
      return { bytes: Buffer.from(writeZip(writeProject(snapshot))), mediaType: 'application/zip', name: `${name}.zip` };
  }
}

/** Makes what gives snapshots out as files. */
export function createSnapshotExports(deps: { store: Store; random: Random; keyring: Keyring; keys: PurposeKeys }): SnapshotExports {
  const { store, random, keyring } = deps;
  const idempotently = createIdempotency(deps);

  const load = async (organizationId: string, snapshotId: string): Promise<Source> => {
    const [{ message }, source] = [
      await getSnapshot(store, organizationId, snapshotId),
      await getSnapshotSource(store, organizationId, snapshotId),
    ];
    const { sealedCredentials, packageJson, settings, variables, flows, lock, number, digest } = source;
    const sealed =
      sealedCredentials && (await keyring.open(store, { sealed: sealedCredentials, identity: sealedCredentialsIdentity(snapshotId) }));
    const credentials = sealed && readCredentials(JSON.parse(sealed.toString('utf8')), null);
    const application = await getApplication(store, organizationId, source.applicationId);
    const nodes = nodesWithCredentials(JSON.parse(flows.toString('utf8')), credentials);
    const rest = { application: application.name, number, digest, message, flows, lock, variables, nodesWithCredentials: nodes };
    // Settings were JSON when they came and are JSON in the database.
    return { snapshot: { ...rest, package: parsePackage(encode(packageJson)), settings: settings as JsonObject }, credentials };
  };

  return {
    plain: async (organizationId, snapshotId, format) => {
      const { snapshot, credentials } = await load(organizationId, snapshotId);
      return { ...writeFile({ ...snapshot, credentials: null }, format), credentials: credentials === null ? 'none' : 'omitted' };
    },
    withCredentials: async ({ organizationId, snapshotId, format, credentialSecret, key }, context) => {
      const { snapshot, credentials } = await load(organizationId, snapshotId);
      const request = ['exportSnapshot', snapshotId, format, credentialSecret];
      // Only the vector is kept with the key: the same request gives the same file again, and no copy of it stays here.
      const { iv } = await idempotently({ organizationId, actor: context.actor, key, request }, async (tx) => {
        const nodes = snapshot.nodesWithCredentials.map(({ id }) => id);
        await recordSnapshotExport(
          tx,
          organizationId,
          { id: snapshotId, number: snapshot.number, format, nodesWithCredentials: nodes },
          context,
        );
        return { iv: Buffer.from(random.randomBytes(ivBytes)).toString('hex') };
      });
      const encrypted = credentials && encryptCredentials(credentials, credentialSecret, Buffer.from(iv, 'hex'));
      const file = writeFile({ ...snapshot, credentials: encrypted }, format);
      return { ...file, credentials: encrypted === null ? 'none' : 'encrypted' };
    },
  };
}
