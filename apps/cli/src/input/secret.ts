import { CliError, usageError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Ports } from '../ports.ts';

export type SecretSource = { fromStdin: boolean; file: string | undefined; environmentName: string };

/** Reads a file that has to be there. @throws CliError FILE_NOT_FOUND, FILE_UNREADABLE */
export async function readRequired({ files }: Pick<Ports, 'files'>, path: string): Promise<string> {
  const text = await files.read(path);
  if (text === undefined) throw new CliError('FILE_NOT_FOUND', `There is no file ${path}.`, { exitCode: exitCodes.usage });
  return text;
}

/**
 * A secret from standard input, a file or the environment: never from the command line, which every process of the machine can read.
 * Undefined when none of them has it.
 * @throws CliError USAGE when it is empty
 */
export async function readSecret(ports: Pick<Ports, 'stdin' | 'files' | 'environment'>, source: SecretSource): Promise<string | undefined> {
  const { fromStdin, file, environmentName } = source;
  if (fromStdin && file !== undefined) throw usageError('Give the secret by standard input or by a file, not by both.');
  const fromFile = fromStdin ? await ports.stdin.readAll() : file === undefined ? undefined : await readRequired(ports, file);
  const given = fromFile?.replace(/\r?\n$/, '') ?? (ports.environment[environmentName] || undefined);
  if (given === '') throw usageError(fromStdin ? 'Standard input is empty.' : `${file} is empty.`);
  return given;
}
