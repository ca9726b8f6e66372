import { createHmac } from 'node:crypto';
import type { Page, PageQuery, SetVariableRequest, Variable, VariableScope } from '@sluice/contracts';
import { openSecret, type Random, sealSecret } from '@sluice/platform';
import { type ChangeContext, listVariables, removeVariable, type Store, type StoredVariable, setVariable } from '@sluice/store';
import { because } from '../../authentication/request-actor.ts';
import type { PurposeKeys } from '../../dependencies.ts';

export type VariablesDependencies = { store: Store; random: Random; keys: PurposeKeys };

export type VariableQuery = PageQuery & { scope?: VariableScope; scopeId?: string };

export type Variables = {
  list(organizationId: string, query: VariableQuery): Promise<Page<Variable>>;
  /** @throws StoreError NOT_FOUND when the scope's thing is not the organization's */
  set(organizationId: string, request: SetVariableRequest, context: ChangeContext): Promise<Variable>;
  /** @throws StoreError NOT_FOUND */
  remove(organizationId: string, variableId: string, context: ChangeContext): Promise<void>;
};

/** The identity of the row of a variable's version: a sealed value opens in no other one. */
export function variableIdentity(versionId: string): string {
  return `variable/${versionId}`;
}

/** Makes the module of variables. */
export function createVariables({ store, random, keys }: VariablesDependencies): Variables {
  const secretKey = keys['secret-encryption'];
  // Keyed, because the digest of a weak password alone would let anyone who reads the ledger guess it.
  const digestKey = createHmac('sha256', keys['configuration-salt']).update('variable values').digest();

  const open = ({ sealedValue, versionId }: StoredVariable): string =>
    openSecret(secretKey, sealedValue, variableIdentity(versionId)).toString('utf8');
  const show = (variable: StoredVariable): Variable => {
    const { sealedValue: _, versionId: __, updatedAt, ...rest } = variable;
    return { ...rest, value: rest.secret ? null : open(variable), updatedAt: updatedAt.toISOString() };
  };

  return {
    list: async (organizationId, query) => {
      const page = await listVariables(store, organizationId, query);
      return { ...page, items: page.items.map(show) };
    },
    set: async (organizationId, { scope, scopeId, name, secret = false, value, reason }, context) => {
      const digest = createHmac('sha256', digestKey).update(value).digest('hex');
      const input = {
        scope,
        scopeId,
        name,
        secret,
        seal: (id: string) => sealSecret(secretKey, value, variableIdentity(id), random),
        isSame: (current: StoredVariable) => open(current) === value,
        ledgerValue: secret ? { digest } : value,
      };
      return show(await store.transaction((tx) => setVariable(tx, organizationId, input, because(context, reason))));
    },
    remove: (organizationId, variableId, context) => store.transaction((tx) => removeVariable(tx, organizationId, variableId, context)),
  };
}
