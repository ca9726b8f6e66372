import { join } from 'node:path';
import { chooseProjectFiles, readFlowFile, readProjectFiles, readUpload, SnapshotError, type SnapshotFiles } from '@sluice/snapshot';
import { CliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Ports } from '../ports.ts';

/** What the package for snapshots refuses, as an error about a file of this machine. */
export function locally<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof SnapshotError)) throw error;
    const fields = error.pointer === '' ? [] : [{ pointer: error.pointer, detail: 'is what is wrong' }];
    throw new CliError(error.code, `${path}: ${error.message}`, { exitCode: exitCodes.usage, fields, cause: error });
  }
}

/** Only what belongs to the project is read, however much else the folder holds. */
async function readFolder({ files }: Pick<Ports, 'files'>, folder: string): Promise<SnapshotFiles> {
  const names = await files.list(folder);
  const manifest = names.includes('package.json') ? await files.read(join(folder, 'package.json')) : undefined;
  const { flows, credentials, others } = locally(folder, () => chooseProjectFiles(names, manifest ?? null));
  const wanted = new Set([flows, credentials, ...others].filter((name) => names.includes(name)));
  const contents = new Map<string, Uint8Array>();
  for (const name of wanted) {
    const content = await files.readBytes(join(folder, name));
    if (content !== undefined) contents.set(name, content);
  }
  return locally(folder, () => readProjectFiles(contents));
}

/**
 * Reads what is to be captured: a flow file of any form, a zip or a folder with a Node-RED project or user directory, or `-` for flows on standard
 * input.
 * @throws CliError FILE_NOT_FOUND and the codes of the snapshot package
 */
export async function readProject(ports: Pick<Ports, 'files' | 'stdin'>, path: string): Promise<SnapshotFiles> {
  if (path === '-') {
    const text = await ports.stdin.readAll();
    return locally('Standard input', () => readFlowFile(text));
  }
  if ((await ports.files.kind(path)) === 'folder') return readFolder(ports, path);
  const content = await ports.files.readBytes(path);
  if (content === undefined) throw new CliError('FILE_NOT_FOUND', `There is no file ${path}.`, { exitCode: exitCodes.usage });
  return locally(path, () => readUpload(content));
}
