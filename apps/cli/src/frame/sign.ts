import { loadConfiguration } from '../configuration/config-file.ts';
import { chooseTarget } from '../configuration/target.ts';
import { usageError } from '../errors.ts';
import type { Http } from '../http/client.ts';
import { asPerson } from '../http/password-sign-in.ts';
import { type Invocation, requestTimeoutMsOf } from './invocation.ts';

/** What every verb says that signs. */
export const signHelp = `An approval is a signature: it is given by a person who types e-mail address and password at that moment, in a terminal.
Neither API tokens nor passwords from files or the environment do: nobody would know who was there. The console takes approvals too.`;

/** A signature cannot be given by a script. @throws CliError USAGE */
export function requirePerson({ ports }: Invocation): void {
  if (ports.stdin.isTerminal) return;
  throw usageError('An approval needs a person, and nobody is there to ask.', 'Run this in a terminal, or approve in the console.');
}

/**
 * Asks who is there, does something in their name and ends that session.
 * @param email who says they are there; undefined: asked
 * @throws CliError USAGE when nothing was typed, CREDENTIALS_WRONG; as `act`
 */
export async function signAsPerson<T>(invocation: Invocation, email: string | undefined, act: (person: Http) => Promise<T>): Promise<T> {
  const { ports } = invocation;
  const who = email ?? (await ports.stdin.readLine('E-mail address: ')).trim();
  const password = await ports.stdin.readLine('Password: ', { hidden: true });
  if (who === '' || password === '') throw usageError('Nothing was signed.');
  const { url } = chooseTarget(await loadConfiguration(ports), ports.environment, invocation.common.context);
  return asPerson(ports, { url, timeoutMs: requestTimeoutMsOf(invocation), email: who, password }, act);
}
