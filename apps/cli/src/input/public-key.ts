import { publicKeyFromText, TrustError } from '@sluice/trust';
import { usageError } from '../errors.ts';
import type { Ports } from '../ports.ts';

/** An Ed25519 public key, given as its base64 or as a PEM file. @returns base64 of the raw 32 bytes @throws CliError USAGE */
export async function readPublicKey({ files }: Pick<Ports, 'files'>, given: string): Promise<string> {
  const isText = /^[A-Za-z0-9+/]{43}=$/.test(given);
  const text = isText ? given : await files.read(given);
  if (text === undefined) throw usageError(`"${given}" is neither an Ed25519 public key in base64 nor a file.`);
  try {
    return publicKeyFromText(text);
  } catch (error) {
    if (!(error instanceof TrustError)) throw error;
    throw usageError(`${given} holds no Ed25519 public key. ${error.message}`);
  }
}
