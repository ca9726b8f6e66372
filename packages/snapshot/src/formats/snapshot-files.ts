import type { VariableDeclaration } from '@sluice/contracts';
import type { JsonObject } from '../json.ts';

/**
 * What files say of a snapshot: the members of a request for one. Texts are as they stood in the files (without byte order mark), because Node-RED's
 * revision of flows depends on the order of members; they are not checked beyond what it takes to tell them apart.
 */
export type SnapshotFiles = {
  flows: string;
  /** package.json. */
  package?: string;
  /** package-lock.json, when it is a lock of what runs. */
  lock?: string;
  /** flows_cred.json, plain or encrypted. */
  credentials?: string;
  settings?: JsonObject;
  variables?: VariableDeclaration[];
  /** What the author said of it. */
  message?: string;
  /** What was left out, and why: for people. */
  notes: string[];
};

/** What Sluice writes into documents of others (package.json, FlowFuse's snapshots) so that nothing gets lost: under the key `sluice`. */
export const extensionKey = 'sluice';

/** The names of Sluice's own files beside those of Node-RED; in the history they are the same. */
export const settingsFile = 'settings.json';
export const variablesFile = 'variables.json';
export const defaultFlowFile = 'flows.json';

/** Where Node-RED keeps the credentials of a flow file. */
export function credentialsFileOf(flowFile: string): string {
  const dot = flowFile.lastIndexOf('.');
  return dot <= 0 ? `${flowFile}_cred` : `${flowFile.slice(0, dot)}_cred${flowFile.slice(dot)}`;
}
