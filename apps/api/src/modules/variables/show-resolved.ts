import type { ResolvedVariables } from '@sluice/contracts';
import { type DeviceVariableRows, type Keyring, loadSealedVariables, type Store } from '@sluice/store';
import { variableIdentity } from './variable-identity.ts';

/** Shows resolved variables: with the values of those that are no secrets. */
export async function showResolved(
  { store, keyring }: { store: Store; keyring: Keyring },
  { rivals, variables, ...rest }: DeviceVariableRows,
): Promise<ResolvedVariables> {
  const plain = variables.flatMap(({ secret, versionId }) => (secret || versionId === null ? [] : [versionId]));
  const stored = await loadSealedVariables(store, plain);
  const secrets = stored.map(({ id, sealedValue }) => ({ sealed: sealedValue, identity: variableIdentity(id) }));
  const opened = await keyring.openMany(store, secrets);
  const values = new Map(stored.map(({ id }, index) => [id, opened[index]?.toString('utf8') ?? null]));
  return {
    ...rest,
    variables: variables.map(({ versionId, ...variable }) => ({ ...variable, value: values.get(versionId ?? '') ?? null })),
    warnings: rivals.map(({ name, groups, devices }) => ({
      code: 'GROUPS_COMPETE',
      name,
      groups,
      devices,
      sentence: `${name} is set by ${groups.length} groups of the same ${devices === 1 ? 'device' : `${devices} devices`} (${groups.join(', ')}): the last by name counts, ${groups.at(-1)}.`,
    })),
  };
}
