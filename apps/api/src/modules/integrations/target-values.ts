import type { VariableDeclaration } from '@sluice/contracts';
import {
  findDeviceReference,
  type Keyring,
  listStageVariables,
  loadLayeredVariables,
  loadNamedVariables,
  type NamedSealedVariable,
  type Store,
} from '@sluice/store';
import type { Values } from '../../flow-analysis/tasks.ts';
import { variableIdentity } from '../variables/variable-identity.ts';

/** The values of variables for one target, without secrets. `missing`: what a release requires and nobody has set there. */
export type TargetValues = { values: Values; missing: string[] };

export type TargetValuesDependencies = { store: Store; keyring: Keyring };

export type TargetVariables = {
  /** What reaches the whole stage; groups and devices may set more. */
  ofStage(organizationId: string, stageId: string, declarations: readonly VariableDeclaration[]): Promise<TargetValues>;
  /** What the device would get with a release of this application. */
  ofDevice(
    organizationId: string,
    target: { deviceId: string; applicationId: string },
    declarations: readonly VariableDeclaration[],
  ): Promise<TargetValues>;
  /** Opens variables that are no secrets, by their ids. */
  open(organizationId: string, variableIds: readonly string[]): Promise<Map<string, OpenedVariable>>;
};

/** `value` is null for a secret: those are never shown, so nothing is resolved with them. */
export type OpenedVariable = { name: string; value: string | null };

/** Values by name, defaults first, then those that are set; what is a secret by declaration or where it is set stays out. */
export function resolveValues(declarations: readonly VariableDeclaration[], set: readonly OpenedVariable[]): Values {
  const secrets = new Set(declarations.filter(({ secret }) => secret).map(({ name }) => name));
  const defaults = declarations.flatMap(({ name, default: value }) => (value === undefined ? [] : [[name, value] as const]));
  const values = new Map<string, string>(defaults);
  for (const { name, value } of set) {
    if (value === null) values.delete(name);
    else values.set(name, value);
  }
  for (const name of secrets) values.delete(name);
  return Object.fromEntries(values);
}

function missingIn(declarations: readonly VariableDeclaration[], set: readonly OpenedVariable[]): string[] {
  const known = new Set(set.map(({ name }) => name));
  return declarations
    .filter(({ name, required, default: value }) => required && value === undefined && !known.has(name))
    .map(({ name }) => name);
}

/** Makes the reader of variables for targets. */
export function createTargetVariables({ store, keyring }: TargetValuesDependencies): TargetVariables {
  const openAll = async (rows: readonly NamedSealedVariable[]): Promise<OpenedVariable[]> => {
    const plain = rows.filter(({ secret }) => !secret);
    const secrets = plain.map(({ versionId, sealedValue: sealed }) => ({ sealed, identity: variableIdentity(versionId) }));
    const opened = await keyring.openMany(store, secrets);
    const values = new Map(plain.map(({ versionId }, index) => [versionId, opened[index]?.toString('utf8') ?? null]));
    return rows.map(({ name, versionId }) => ({ name, value: values.get(versionId) ?? null }));
  };
  const open: TargetVariables['open'] = async (organizationId, variableIds) => {
    if (variableIds.length === 0) return new Map();
    const rows = await loadNamedVariables(store, organizationId, variableIds);
    const opened = await openAll(rows);
    return new Map(opened.flatMap((each, index) => (rows[index] === undefined ? [] : [[rows[index].id, each] as const])));
  };
  const toValues = (declarations: readonly VariableDeclaration[], set: readonly OpenedVariable[]): TargetValues => ({
    values: resolveValues(declarations, set),
    missing: missingIn(declarations, set),
  });
  return {
    open,
    ofStage: async (organizationId, stageId, declarations) => {
      const rows = await listStageVariables(store, organizationId, stageId);
      return toValues(declarations, await openAll(rows));
    },
    ofDevice: async (organizationId, { deviceId, applicationId }, declarations) => {
      const device = await findDeviceReference(store, organizationId, { deviceId, applicationId });
      const stageId = device?.stageId ?? null;
      const layered = await loadLayeredVariables(store, [{ deviceId, organizationId, applicationId, stageId, variablesRevision: null }]);
      const opened = await open(
        organizationId,
        layered.map(({ variableId }) => variableId),
      );
      return toValues(
        declarations,
        layered.flatMap(({ variableId }) => opened.get(variableId) ?? []),
      );
    },
  };
}
