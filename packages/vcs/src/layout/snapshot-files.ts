import type { VariableDeclaration } from '@sluice/contracts';
import type { FlowNode } from '@sluice/snapshot';
import { buildTree, type GitTree } from '../objects/tree.ts';
import { formatJson } from './format-json.ts';
import { readFlows, readJsonFile } from './read-flows.ts';
import { writeFlows } from './write-flows.ts';

/** What of a snapshot stands in its commit. Credentials do not. */
export type SnapshotFiles = {
  flows: readonly FlowNode[];
  /** The exact bytes of package.json. */
  packageJson: Uint8Array;
  /** The exact bytes of package-lock.json; null without one. */
  lock: Uint8Array | null;
  settings: Readonly<Record<string, unknown>>;
  variables: readonly VariableDeclaration[];
};

/** The same, read back. */
export type ReadSnapshotFiles = {
  /** flows.json, as Node-RED and Sluice write it: its SHA-256 is the revision. */
  flows: Buffer;
  packageJson: Buffer | null;
  lock: Buffer | null;
  settings: unknown;
  variables: unknown;
};

/** No git may change line ends on the way to a working copy and back: code with CR in it has to come back as it was. */
const ATTRIBUTES = Buffer.from('* -text\n');

/** Lays a snapshot out as the files of its commit. Pure: the same snapshot gives the same tree. */
export function snapshotTree(snapshot: SnapshotFiles): GitTree {
  const files = writeFlows(snapshot.flows);
  files.set('.gitattributes', ATTRIBUTES);
  files.set('package.json', Buffer.from(snapshot.packageJson));
  if (snapshot.lock !== null) files.set('package-lock.json', Buffer.from(snapshot.lock));
  files.set('settings.json', Buffer.from(formatJson(snapshot.settings, 1)));
  const variables = [...snapshot.variables].sort((left, right) => (left.name < right.name ? -1 : 1));
  files.set('variables.json', Buffer.from(formatJson(variables, 1)));
  return buildTree(files);
}

/**
 * Reads the files of a commit back.
 * @throws HistoryError LAYOUT_MALFORMED
 */
export function readSnapshotTree(files: ReadonlyMap<string, Buffer>): ReadSnapshotFiles {
  return {
    flows: Buffer.from(JSON.stringify(readFlows(files))),
    packageJson: files.get('package.json') ?? null,
    lock: files.get('package-lock.json') ?? null,
    settings: files.has('settings.json') ? readJsonFile(files, 'settings.json') : {},
    variables: files.has('variables.json') ? readJsonFile(files, 'variables.json') : [],
  };
}
