import { createHmac } from 'node:crypto';
import type {
  Page,
  PageQuery,
  ResolvedVariables,
  ResolvedVariablesQuery,
  SetVariableRequest,
  Variable,
  VariableScope,
} from '@sluice/contracts';
import {
  type ChangeContext,
  type Keyring,
  listVariables,
  type Reader,
  removeVariable,
  resolveDeviceVariables,
  resolveStageVariables,
  type Store,
  type StoredVariable,
  setVariable,
} from '@sluice/store';
import { because } from '../../authentication/request-actor.ts';
import type { PurposeKeys } from '../../dependencies.ts';
import { showResolved } from './show-resolved.ts';
import { variableIdentity } from './variable-identity.ts';

export type VariablesDependencies = { store: Store; keyring: Keyring; keys: PurposeKeys };

export type VariableQuery = PageQuery & { scope?: VariableScope; scopeId?: string };

export type Variables = {
  list(organizationId: string, query: VariableQuery): Promise<Page<Variable>>;
  /** @throws StoreError NOT_FOUND when the scope's thing is not the organization's */
  set(organizationId: string, request: SetVariableRequest, context: ChangeContext): Promise<Variable>;
  /** What devices of a stage get, and from where. @throws StoreError NOT_FOUND */
  ofStage(organizationId: string, target: { stageId: string } & ResolvedVariablesQuery): Promise<ResolvedVariables>;
  /** What a device gets, and from where. @throws StoreError NOT_FOUND */
  ofDevice(organizationId: string, target: { deviceId: string } & ResolvedVariablesQuery): Promise<ResolvedVariables>;
  /** @throws StoreError NOT_FOUND */
  remove(organizationId: string, variableId: string, context: ChangeContext): Promise<void>;
};

/** Makes the module of variables. */
export function createVariables({ store, keyring, keys }: VariablesDependencies): Variables {
  // Keyed, because the digest of a weak password alone would let anyone who reads the ledger guess it.
  const digestKey = createHmac('sha256', keys['configuration-salt']).update('variable values').digest();

  const secretOf = ({ sealedValue, versionId }: StoredVariable) => ({ sealed: sealedValue, identity: variableIdentity(versionId) });
  const showAll = async (reader: Reader, variables: readonly StoredVariable[]): Promise<Variable[]> => {
    const plain = variables.filter(({ secret }) => !secret);
    const opened = await keyring.openMany(reader, plain.map(secretOf));
    const values = new Map(plain.map(({ id }, index) => [id, opened[index]?.toString('utf8') ?? null]));
    return variables.map(({ sealedValue: _, versionId: __, updatedAt, ...rest }) => ({
      ...rest,
      value: values.get(rest.id) ?? null,
      updatedAt: updatedAt.toISOString(),
    }));
  };

  return {
    list: async (organizationId, query) => {
      const page = await listVariables(store, organizationId, query);
      return { ...page, items: await showAll(store, page.items) };
    },
    set: async (organizationId, { scope, scopeId, name, secret = false, value, reason }, context) => {
      const digest = createHmac('sha256', digestKey).update(value).digest('hex');
      const ledgerValue = secret ? { digest } : value;
      return store.transaction(async (tx) => {
        const seal = await keyring.sealer(tx, organizationId);
        const input = {
          ...{ scope, scopeId, name, secret, ledgerValue },
          seal: (id: string) => seal(value, variableIdentity(id)),
          isSame: async (current: StoredVariable) => (await keyring.open(tx, secretOf(current))).toString('utf8') === value,
        };
        const stored = await setVariable(tx, organizationId, input, because(context, reason));
        const [shown] = await showAll(tx, [stored]);
        if (shown === undefined) throw new Error('one variable is shown as one');
        return shown;
      });
    },
    ofStage: async (organizationId, { stageId, revision = null }) =>
      showResolved(
        { store, keyring },
        { ...(await resolveStageVariables(store, organizationId, { stageId, revision })), deviceRevision: null },
      ),
    ofDevice: async (organizationId, { deviceId, revision = null }) =>
      showResolved({ store, keyring }, await resolveDeviceVariables(store, organizationId, { deviceId, revision })),
    remove: (organizationId, variableId, context) => store.transaction((tx) => removeVariable(tx, organizationId, variableId, context)),
  };
}
