import { parse } from 'yaml';
import { CliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Ports } from '../ports.ts';
import { readRequired } from './secret.ts';

/** Reads a JSON or YAML file. @throws CliError FILE_NOT_FOUND, FILE_MALFORMED */
export async function readDocument(ports: Pick<Ports, 'files'>, path: string): Promise<unknown> {
  const text = await readRequired(ports, path);
  try {
    return parse(text, { maxAliasCount: 100 });
  } catch (error) {
    const why = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    throw new CliError('FILE_MALFORMED', `${path} is neither JSON nor YAML: ${why}`, { exitCode: exitCodes.usage, cause: error });
  }
}
