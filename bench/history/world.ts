import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Snapshot } from '@sluice/contracts';
import { systemClock, systemRandom } from '@sluice/platform';
import { packageBytes, parseFlows, snapshotDigest } from '@sluice/snapshot';
import { applyMigrations, createSnapshot, createStore, type GitRepository, type Store } from '@sluice/store';
import { removeEmbeddedPostgres, startEmbeddedPostgres } from '@sluice/store/embedded';
import { SEED_CONTEXT, seedApplication, seedOrganization } from '@sluice/testkit';
import { commitSnapshot, type FolderCache, type GitTree, snapshotTree } from '@sluice/vcs';

/** A control plane's database as a production start would have it (commits wait for the disk), with one application. */
export type HistoryWorld = {
  folder: string;
  connectionString: string;
  store: Store;
  repository: GitRepository;
  folders: FolderCache;
  close(): Promise<void>;
};

export async function createHistoryWorld(): Promise<HistoryWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-bench-'));
  await chmod(folder, 0o755);
  const postgresFolder = join(folder, 'postgres');
  const postgres = await startEmbeddedPostgres({ folder: postgresFolder });
  await applyMigrations(postgres.connectionString);
  const store = createStore({ connectionString: postgres.connectionString, clock: systemClock, random: systemRandom });
  const organization = await seedOrganization(store);
  const application = await seedApplication(store, organization);
  return {
    folder,
    connectionString: postgres.connectionString,
    store,
    repository: { organizationId: organization.id, applicationId: application.id },
    folders: new Map<string, GitTree>(),
    close: async () => {
      await store.close();
      await postgres.stop();
      await removeEmbeddedPostgres(postgresFolder);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const RUNTIME_VERSION = '5.0.7';

/** What the api does when flows are captured: read, check and lay them out, then one transaction. @param text of flows.json */
export async function capture({ store, repository, folders }: HistoryWorld, text: string): Promise<Snapshot> {
  const parsed = parseFlows(text);
  const manifest = { dependencies: { 'node-red': RUNTIME_VERSION }, nodeRedSettings: {} };
  const content = { package: manifest, settings: {}, variables: [], lockDigest: null, credentialsDigest: null };
  const digest = snapshotDigest({ ...content, flowsDigest: parsed.revision });
  const packageJson = packageBytes(manifest);
  const files = { flows: parsed.flows, packageJson, lock: null, settings: {}, variables: [] };
  let laidOut: GitTree | undefined;
  const layOut = (): GitTree => {
    laidOut ??= snapshotTree(files, folders);
    return laidOut;
  };
  return store.transaction((tx) =>
    createSnapshot(
      tx,
      repository.organizationId,
      {
        id: tx.uuid(),
        applicationId: repository.applicationId,
        digest,
        message: 'Another limit',
        flows: parsed.bytes,
        flowsRevision: parsed.revision,
        packageJson: manifest,
        lock: null,
        settings: {},
        variables: [],
        sealedCredentials: null,
        runtimeVersion: RUNTIME_VERSION,
        nodeCount: parsed.flows.length,
        flowCount: 1,
        meanwhile: () => void layOut(),
        commit: (number) =>
          commitSnapshot(tx, repository, {
            number,
            digest,
            message: 'Another limit',
            author: { name: 'Bench', email: 'bench@x' },
            tree: layOut(),
          }),
      },
      SEED_CONTEXT,
    ),
  );
}
