import type { VariableDeclaration } from '@sluice/contracts';
import type { JsonValue } from '../json.ts';
import type { ExportedSnapshot } from './exported-snapshot.ts';
import { extensionKey } from './snapshot-files.ts';

const parse = (bytes: Uint8Array): JsonValue => JSON.parse(new TextDecoder().decode(bytes));

/** A variable as FlowFuse keeps it: those that are hidden have a value of their own on each instance. */
function environmentValue({ secret, default: value }: VariableDeclaration): JsonValue {
  return secret ? { hidden: true, value: '' } : (value ?? '');
}

/**
 * A snapshot as FlowFuse exports its own, which it imports: flows, credentials, modules and variables. What FlowFuse has no place for (lock, settings,
 * which variables are required) stands under `sluice`, so that `readFlowFile` gives a snapshot with the same digest.
 */
export function writeFlowFuse(snapshot: ExportedSnapshot): Uint8Array {
  const { application, number, digest, message, credentials, lock, settings, variables, nodesWithCredentials } = snapshot;
  const { dependencies, nodeRedSettings } = snapshot.package;
  // A document with this member would be refused as hostile.
  const inEnvironment = variables.filter(({ name }) => name !== '__proto__');
  const document = {
    name: `${application} v${number}`,
    description: message,
    flows: { flows: parse(snapshot.flows), credentials: credentials ?? {} },
    settings: {
      settings: {},
      env: Object.fromEntries(inEnvironment.map((variable) => [variable.name, environmentValue(variable)])),
      modules: dependencies,
    },
    [extensionKey]: {
      application,
      snapshot: number,
      digest,
      project: nodeRedSettings,
      settings,
      variables,
      ...(lock === null ? {} : { lock: parse(lock) }),
      ...(credentials === null && nodesWithCredentials.length > 0 ? { credentialsNeeded: nodesWithCredentials } : {}),
    },
  };
  return new TextEncoder().encode(`${JSON.stringify(document, null, 2)}\n`);
}
