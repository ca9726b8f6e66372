import { createHmac } from 'node:crypto';
import { sealedCredentialsIdentity } from '@sluice/capture';
import type { DeviceConfiguration, VariableDeclaration } from '@sluice/contracts';
import {
  type AssignmentInput,
  digestOfVersions,
  type Keyring,
  type LayeredVariable,
  loadLayeredVariables,
  loadSealedCredentials,
  loadSealedVariables,
  type Store,
} from '@sluice/store';
import { encodeConfiguration } from '@sluice/trust';
import { variableIdentity } from '../variables/variable-identity.ts';

/** A device's configuration for a release, or the required variables that nobody has set. */
export type ResolvedConfiguration = { digest: string; bytes: Uint8Array; variablesDigest: string } | { missing: string[] };

export type DeviceConfigurations = {
  /** Resolves the configurations of devices that shall run something. */
  resolve(inputs: readonly AssignmentInput[]): Promise<Map<string, ResolvedConfiguration>>;
  /** Seals configurations of devices of an organization for storage: each opens nowhere but in its device's row. */
  sealer(organizationId: string): Promise<(deviceId: string, configuration: { digest: string; bytes: Uint8Array }) => Buffer>;
  unseal(deviceId: string, digest: string, sealed: Uint8Array): Promise<Buffer>;
};

export type DeviceConfigurationsDeps = { store: Pick<Store, 'query'>; keyring: Keyring; saltKey: Uint8Array };

type Value = { value: string; secret: boolean };

/**
 * The variables that a device gets: those its release declares, and others that are no secrets. A secret goes nowhere but where a release says
 * that it needs it. `selected`: those that are set, not the defaults.
 */
export function selectVariables(
  declarations: readonly VariableDeclaration[],
  values: ReadonlyMap<string, Value>,
): { variables: Record<string, string>; selected: ReadonlySet<string>; missing: string[] } {
  const declared = new Set(declarations.map((declaration) => declaration.name));
  const selected = [...values].filter(([name, { secret }]) => declared.has(name) || !secret);
  const defaults = declarations.flatMap(({ name, default: value }) => (value === undefined ? [] : [[name, value] as const]));
  const variables = Object.fromEntries([...defaults, ...selected.map(([name, { value }]) => [name, value] as const)]);
  const missing = declarations.filter(({ name, required }) => required && !Object.hasOwn(variables, name));
  return { variables, selected: new Set(selected.map(([name]) => name)), missing: missing.map(({ name }) => name) };
}

/** Makes configurations: variables of all layers, the snapshot's credentials, and a salt that keeps digests from being guessed. */
export function createDeviceConfigurations(deps: DeviceConfigurationsDeps): DeviceConfigurations {
  const identityOf = (deviceId: string, digest: string): string => `device_assignment/${deviceId}/${digest}`;
  return {
    resolve: async (inputs) => {
      const layered = await loadLayeredVariables(deps.store, inputs);
      const values = await openVariables(deps, layered);
      const credentials = await openCredentials(deps, inputs);
      const byDevice = Map.groupBy(layered, (each) => each.deviceId);
      return new Map(
        inputs.map((input): [string, ResolvedConfiguration] => {
          const own = new Map((byDevice.get(input.deviceId) ?? []).map(({ name, versionId, secret }) => [name, { id: versionId, secret }]));
          const set = [...own].flatMap(([name, { id, secret }]) => {
            const value = values.get(id);
            return value === undefined ? [] : [[name, { value, secret }] as const];
          });
          const { variables, selected, missing } = selectVariables(input.declarations, new Map(set));
          if (missing.length > 0) return [input.deviceId, { missing }];
          const configuration: DeviceConfiguration = {
            deviceId: input.deviceId,
            salt: createHmac('sha256', deps.saltKey).update(input.deviceId).digest('base64'),
            variables,
            credentials: credentials.get(input.snapshotId ?? '') ?? {},
          };
          const given = [...own].flatMap(([name, { id }]) => (selected.has(name) ? [id] : []));
          return [input.deviceId, { ...encodeConfiguration(configuration), variablesDigest: digestOfVersions(given) }];
        }),
      );
    },
    sealer: async (organizationId) => {
      const seal = await deps.keyring.sealer(deps.store, organizationId);
      return (deviceId, { digest, bytes }) => seal(bytes, identityOf(deviceId, digest));
    },
    unseal: (deviceId, digest, sealed) => deps.keyring.open(deps.store, { sealed, identity: identityOf(deviceId, digest) }),
  };
}

async function openVariables(deps: DeviceConfigurationsDeps, layered: readonly LayeredVariable[]): Promise<Map<string, string>> {
  const ids = [...new Set(layered.map((each) => each.versionId))];
  if (ids.length === 0) return new Map();
  const sealed = await loadSealedVariables(deps.store, ids);
  const secrets = sealed.map(({ id, sealedValue }) => ({ sealed: sealedValue, identity: variableIdentity(id) }));
  const opened = await deps.keyring.openMany(deps.store, secrets);
  return new Map(sealed.map(({ id }, index) => [id, opened[index]?.toString('utf8') ?? '']));
}

type Credentials = DeviceConfiguration['credentials'];

async function openCredentials(deps: DeviceConfigurationsDeps, inputs: readonly AssignmentInput[]): Promise<Map<string, Credentials>> {
  const snapshotIds = [...new Set(inputs.flatMap(({ snapshotId }) => (snapshotId === null ? [] : [snapshotId])))];
  const stored = await loadSealedCredentials(deps.store, snapshotIds);
  const secrets = stored.map(({ id, sealed }) => ({ sealed, identity: sealedCredentialsIdentity(id) }));
  const opened = await deps.keyring.openMany(deps.store, secrets);
  return new Map(
    stored.map(({ id }, index) => {
      const text = opened[index]?.toString('utf8') ?? '{}';
      // Written by the people's API from credentials that the snapshot package has checked; encodeConfiguration reads them strictly again.
      return [id, JSON.parse(text) as Credentials];
    }),
  );
}
