import { join } from 'node:path';
import { CliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { readRequired } from '../input/secret.ts';
import type { Ports } from '../ports.ts';

/** What there is to capture. Texts are sent as they are: Node-RED's revision of flows depends on the order of members. */
export type Project = {
  flows: string;
  package?: string;
  lock?: string;
  settings?: Record<string, unknown>;
  runtimeVersion?: string;
  /** Where the project's encrypted credentials are. */
  credentialsPath?: string;
  /** What was left out, and why. */
  notes: string[];
};

type Manifest = { flowFile?: string; credentialsFile?: string; runtimeVersion?: string };

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

function parseObject(text: string, path: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch {
    // Said below, for both.
  }
  throw new CliError('FILE_MALFORMED', `${path} is no JSON object.`, { exitCode: exitCodes.usage });
}

const member = (value: unknown, name: string): unknown => (isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined);
const textMember = (value: unknown, name: string): string | undefined => {
  const text = member(value, name);
  return typeof text === 'string' && text !== '' ? text : undefined;
};

/** What package.json says: the project's files, as Node-RED writes them, and the runtime, as `sluice snapshot export` writes it. */
function readManifest(text: string, path: string): Manifest {
  const document = parseObject(text, path);
  const settings = member(member(document, 'node-red'), 'settings');
  const flowFile = textMember(settings, 'flowFile');
  const credentialsFile = textMember(settings, 'credentialsFile');
  const runtimeVersion = textMember(member(document, 'sluice'), 'runtimeVersion');
  return {
    ...(flowFile === undefined ? {} : { flowFile }),
    ...(credentialsFile === undefined ? {} : { credentialsFile }),
    ...(runtimeVersion === undefined ? {} : { runtimeVersion }),
  };
}

/** The flow file of a folder, always one of its names: that of package.json, the usual names, or the only one that is named after a host. */
export function chooseFlowFile(names: readonly string[], named: string | undefined): string {
  const usual = [named, 'flows.json', 'flow.json'].find((name) => name !== undefined && names.includes(name));
  if (usual !== undefined) return usual;
  const candidates = names.filter((name) => /^flows_.+\.json$/.test(name) && !name.endsWith('_cred.json'));
  const [only, ...others] = candidates;
  if (only !== undefined && others.length === 0) return only;
  throw new CliError('FLOWS_NOT_FOUND', only === undefined ? 'The folder has no flows.json.' : 'The folder has several flow files.', {
    exitCode: exitCodes.usage,
    candidates,
    hint: 'Name the flow file itself.',
  });
}

/** A lock is of use only when it holds the runtime itself, because a device installs everything from it. */
export function locksRuntime(text: string): boolean {
  try {
    return member(member(JSON.parse(text), 'packages'), 'node_modules/node-red') !== undefined;
  } catch {
    return true;
  }
}

async function readFolder({ files }: Pick<Ports, 'files'>, folder: string): Promise<Project> {
  const names = await files.list(folder);
  const read = async (name: string): Promise<string | undefined> => (names.includes(name) ? files.read(join(folder, name)) : undefined);
  const manifestText = await read('package.json');
  const manifest = manifestText === undefined ? {} : readManifest(manifestText, join(folder, 'package.json'));
  const flowFile = chooseFlowFile(names, manifest.flowFile);
  const lock = await read('package-lock.json');
  const settings = await read('settings.json');
  const credentialsFile = manifest.credentialsFile ?? flowFile.replace(/\.json$/, '_cred.json');
  const isUsable = lock !== undefined && locksRuntime(lock);
  return {
    flows: await readRequired({ files }, join(folder, flowFile)),
    ...(manifestText === undefined ? {} : { package: manifestText }),
    ...(isUsable ? { lock } : {}),
    ...(settings === undefined ? {} : { settings: parseObject(settings, join(folder, 'settings.json')) }),
    ...(manifest.runtimeVersion === undefined ? {} : { runtimeVersion: manifest.runtimeVersion }),
    ...(names.includes(credentialsFile) ? { credentialsPath: join(folder, credentialsFile) } : {}),
    notes:
      lock === undefined || isUsable
        ? []
        : ['package-lock.json was left out: it does not lock node-red itself. Publishing resolves a complete one.'],
  };
}

/**
 * Reads what is to be captured: a flow file, a folder with a Node-RED project or user directory, or `-` for flows on standard input.
 * @throws CliError FILE_NOT_FOUND, FILE_MALFORMED, FLOWS_NOT_FOUND
 */
export async function readProject(ports: Pick<Ports, 'files' | 'stdin'>, path: string): Promise<Project> {
  if (path === '-') return { flows: await ports.stdin.readAll(), notes: [] };
  const kind = await ports.files.kind(path);
  return kind === 'folder' ? readFolder(ports, path) : { flows: await readRequired(ports, path), notes: [] };
}
