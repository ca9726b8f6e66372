import type { VariableDeclaration } from '@sluice/contracts';
import type { EncryptedCredentials } from '../credentials/cipher.ts';
import type { Credentials } from '../credentials/credentials.ts';
import { isObject, type JsonObject, type JsonValue } from '../json.ts';
import type { PackageManifest } from '../modules/package-manifest.ts';

/** The forms in which a snapshot is given out. */
export const exportFormats = ['flows', 'project', 'flowfuse'] as const;
export type ExportFormat = (typeof exportFormats)[number];

/** A node that has credentials: its fields by name, never a value. `type` and `name` are null for a node that is not in the flows. */
export type NodeWithCredentials = { id: string; type: string | null; name: string | null; fields: string[] };

/** A snapshot that is to be written. */
export type ExportedSnapshot = {
  application: string;
  number: number;
  digest: string;
  message: string;
  /** flows.json as stored: its SHA-256 is Node-RED's revision. */
  flows: Uint8Array;
  package: PackageManifest;
  /** package-lock.json as stored; null without one. */
  lock: Uint8Array | null;
  settings: JsonObject;
  variables: readonly VariableDeclaration[];
  /** For whoever asked, with a secret of their own; null when credentials are not given out, or there are none. */
  credentials: EncryptedCredentials | null;
  /** Who has credentials, whether they are given out or not. */
  nodesWithCredentials: readonly NodeWithCredentials[];
};

/** The nodes that have credentials, in the order of the flows; those of absent nodes at the end. */
export function nodesWithCredentials(flows: readonly JsonValue[], credentials: Credentials | null): NodeWithCredentials[] {
  if (credentials === null) return [];
  const text = (node: JsonObject, name: string): string | null => {
    const value = Object.hasOwn(node, name) ? node[name] : null;
    return typeof value === 'string' ? value : null;
  };
  const waiting = new Map(Object.entries(credentials).filter(([, fields]) => Object.keys(fields).length > 0));
  const found: NodeWithCredentials[] = [];
  for (const node of flows) {
    const id = isObject(node) ? text(node, 'id') : null;
    const fields = id === null ? undefined : waiting.get(id);
    if (!isObject(node) || id === null || fields === undefined) continue;
    waiting.delete(id);
    found.push({ id, type: text(node, 'type'), name: text(node, 'name'), fields: Object.keys(fields) });
  }
  for (const [id, fields] of waiting) found.push({ id, type: null, name: null, fields: Object.keys(fields) });
  return found;
}

/** The name of a file or a package, made from the name of an application. */
export function plainName(application: string): string {
  const name = application
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 100);
  return name === '' ? 'flows' : name;
}
