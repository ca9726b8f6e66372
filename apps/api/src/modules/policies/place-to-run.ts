import { getStage, type Keyring, listStageNodeVersions, loadStageVariables, type Store } from '@sluice/store';
import { variableIdentity } from '../variables/variable-identity.ts';

/** Where flows are going to run, as rules ask about it. `node`: the oldest Node.js of its devices; null when none has said so. */
export type PlaceToRun = { id: string; name: string; variables: Record<string, string | null>; node: string | null };

const version = /^v?(\d+\.\d+\.\d+)$/;

function oldest(versions: readonly string[]): string | null {
  const plain = versions.flatMap((text) => version.exec(text)?.[1] ?? []);
  return plain.sort((left, right) => left.localeCompare(right, 'en', { numeric: true }))[0] ?? null;
}

/**
 * What a stage has for the flows of its application. Secrets have a value that is not told.
 * @throws StoreError NOT_FOUND
 */
export async function readPlaceToRun(
  { store, keyring }: { store: Store; keyring: Keyring },
  organizationId: string,
  { applicationId, stageId }: { applicationId: string; stageId: string },
): Promise<PlaceToRun> {
  const { name } = await getStage(store, organizationId, stageId);
  const variables = await loadStageVariables(store, organizationId, { applicationId, stageId });
  const versions = await listStageNodeVersions(store, organizationId, stageId);
  const told = variables.flatMap(({ versionId, name: variable, secret, sealedValue: sealed }) =>
    secret || sealed === null ? [] : [{ variable, sealed, identity: variableIdentity(versionId) }],
  );
  const values = await keyring.openMany(store, told);
  const known = new Map<string, string | null>(variables.map((variable) => [variable.name, null]));
  told.forEach(({ variable }, index) => {
    known.set(variable, values[index]?.toString('utf8') ?? null);
  });
  return { id: stageId, name, variables: Object.fromEntries(known), node: oldest(versions) };
}
