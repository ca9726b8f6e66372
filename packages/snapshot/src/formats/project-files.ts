import { SnapshotError } from '../errors.ts';
import { parsePackage } from '../modules/package-manifest.ts';
import { malformedProject, memberOf, readDocument, readSettings, readVariables, textOfFile } from './documents.ts';
import { readFlowFile } from './read-flow-file.ts';
import { credentialsFileOf, defaultFlowFile, extensionKey, type SnapshotFiles, settingsFile, variablesFile } from './snapshot-files.ts';

const manifestFile = 'package.json';
const lockFile = 'package-lock.json';
/** Where the history keeps flows, one folder for each tab. */
const historyOrder = 'flows/order.json';
const candidatesShownMax = 10;

/** Which files of a folder make the project, by their names. */
export type ProjectFileNames = { flows: string; credentials: string; others: readonly string[] };

const isFlowFile = (name: string): boolean =>
  name.endsWith('.json') &&
  !name.startsWith('.') &&
  !name.includes('/') &&
  !name.endsWith('_cred.json') &&
  ![manifestFile, lockFile, settingsFile, variablesFile, 'tsconfig.json', 'npm-shrinkwrap.json'].includes(name);

function notFound(why: string): SnapshotError {
  return new SnapshotError('FLOWS_NOT_FOUND', why);
}

/** The usual names first; else the one that is named after a host, as Node-RED once did; else the only one there is. */
function findFlowFile(names: readonly string[]): string {
  const usual = [defaultFlowFile, 'flow.json'].find((name) => names.includes(name));
  if (usual !== undefined) return usual;
  const all = names.filter(isFlowFile);
  const named = all.filter((name) => /^flows?[_-]/.test(name));
  const candidates = named.length > 0 ? named : all;
  const [only, ...others] = candidates;
  if (only !== undefined && others.length === 0) return only;
  if (only !== undefined) {
    const list = candidates.slice(0, candidatesShownMax).join(', ');
    throw notFound(
      `Several files could be the flows: ${list}. Name one in package.json under node-red.settings.flowFile, or send that file alone.`,
    );
  }
  if (names.includes(historyOrder)) {
    throw notFound("This is a copy of an application's history. Send a flow file, or let Sluice read the repository itself.");
  }
  throw notFound('There is no flow file. It is called flows.json, or as package.json says under node-red.settings.flowFile.');
}

/**
 * Chooses the files of a project from a folder.
 * @param names of the folder's files
 * @param manifest the text of its package.json; null without one
 * @throws {SnapshotError} FLOWS_NOT_FOUND (none, or several that it names), PACKAGE_MALFORMED
 */
export function chooseProjectFiles(names: readonly string[], manifest: string | null): ProjectFileNames {
  const { flowFile, credentialsFile } = manifest === null ? {} : parsePackage(manifest).nodeRedSettings;
  if (flowFile !== undefined && !names.includes(flowFile)) {
    throw notFound(`package.json says that the flows are in ${flowFile}, but there is no such file.`);
  }
  const flows = flowFile ?? findFlowFile(names);
  return { flows, credentials: credentialsFile ?? credentialsFileOf(flows), others: [manifestFile, lockFile, settingsFile, variablesFile] };
}

/** A lock is of use only when it holds the runtime itself, because a device installs everything from it. */
function locksRuntime(text: string): boolean {
  const places = memberOf(readDocument(text, lockFile), 'packages');
  return memberOf(places, 'node_modules/node-red') !== undefined;
}

/**
 * package.json as it was before an export made a project of it: what Node-RED needs to open the folder was added then, when the snapshot had no
 * names for its files.
 */
function restoreManifest(text: string): string {
  const document = readDocument(text, manifestFile);
  const project = memberOf(memberOf(document, extensionKey), 'project');
  if (project === undefined) return text;
  return JSON.stringify({ dependencies: memberOf(document, 'dependencies') ?? {}, 'node-red': { settings: project } });
}

/**
 * Reads the files of a Node-RED project or user directory.
 * @param files by their names in that folder; files that do not belong to it are ignored
 * @throws {SnapshotError} FLOWS_NOT_FOUND, FLOWS_MALFORMED, FLOWS_TOO_LARGE, PACKAGE_MALFORMED, PROJECT_MALFORMED
 */
export function readProjectFiles(files: ReadonlyMap<string, Uint8Array>): SnapshotFiles {
  const read = (name: string): string | undefined => {
    const bytes = files.get(name);
    return bytes === undefined ? undefined : textOfFile(bytes, name);
  };
  const manifest = read(manifestFile);
  const chosen = chooseProjectFiles([...files.keys()], manifest ?? null);
  const flows = read(chosen.flows);
  if (flows === undefined) throw malformedProject(chosen.flows, 'is missing');
  const [credentials, lock, settings, variables] = [chosen.credentials, lockFile, settingsFile, variablesFile].map(read);
  const { notes, ...base } = readFlowFile(flows);
  const isUsable = lock !== undefined && locksRuntime(lock);
  return {
    ...base,
    ...(manifest === undefined ? {} : { package: restoreManifest(manifest) }),
    ...(isUsable ? { lock } : {}),
    ...(credentials === undefined ? {} : { credentials }),
    ...(settings === undefined ? {} : { settings: readSettings(readDocument(settings, settingsFile), settingsFile) }),
    ...(variables === undefined ? {} : { variables: readVariables(readDocument(variables, variablesFile), variablesFile) }),
    notes:
      lock === undefined || isUsable
        ? notes
        : [...notes, `${lockFile} was left out: it does not lock node-red itself. Publishing resolves a complete one.`],
  };
}
