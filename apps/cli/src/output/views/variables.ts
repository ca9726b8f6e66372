import type { EncryptionKey, ResolvedVariable, Variable } from '@sluice/contracts';
import type { View } from '../printer.ts';
import { formatMoment } from '../time.ts';

const shownValue = ({ secret, value }: { secret: boolean; value: string | null }): string =>
  secret ? '(secret)' : (value ?? '(each its own)');

/** How variables are shown. `names`: of the layers, by id. */
export function variableView(names: ReadonlyMap<string, string>, zone: string | undefined): View<Variable> {
  return {
    noun: 'variables',
    name: (variable) => variable.name,
    columns: [
      { title: 'Name', value: ({ name }) => name },
      { title: 'Layer', value: ({ scope }) => scope },
      { title: 'Of', value: ({ scope, scopeId }) => (scope === 'organization' ? '' : (names.get(scopeId) ?? scopeId)) },
      { title: 'Value', value: shownValue },
      { title: 'Revision', value: ({ revision }) => String(revision), align: 'right' },
      { title: 'Set', value: ({ updatedAt }) => formatMoment(updatedAt, zone) },
      { title: 'Id', value: ({ id }) => id, wide: true },
    ],
  };
}

/** How variables are shown as devices get them. */
export const resolvedVariableView: View<ResolvedVariable> = {
  noun: 'variables',
  name: (variable) => variable.name,
  columns: [
    { title: 'Name', value: ({ name }) => name },
    { title: 'Value', value: shownValue },
    { title: 'From', value: ({ scope, scopeName }) => (scopeName === null ? `${scope}s, each its own` : `${scope} ${scopeName}`) },
    { title: 'Devices', value: ({ devices }) => String(devices), align: 'right' },
    { title: 'Revision', value: ({ revision }) => (revision === null ? '' : String(revision)), align: 'right' },
  ],
};

/** How keys are shown. */
export function encryptionKeyView(zone: string | undefined): View<EncryptionKey> {
  const moment = (at: string | null): string => (at === null ? '' : formatMoment(at, zone));
  return {
    noun: 'keys',
    name: (key) => String(key.number),
    columns: [
      { title: 'Key', value: ({ number }) => String(number), align: 'right' },
      { title: 'State', value: ({ state }) => state },
      { title: 'Secrets', value: ({ secrets }) => String(secrets), align: 'right' },
      { title: 'By', value: ({ createdBy }) => createdBy },
      { title: 'Created', value: ({ createdAt }) => moment(createdAt) },
      { title: 'Destroyed', value: ({ destroyedAt }) => moment(destroyedAt) },
      { title: 'Id', value: ({ id }) => id, wide: true },
    ],
  };
}
