import { hostname } from 'node:os';
import { roles } from '@sluice/contracts';
import { loadConfiguration, saveConfiguration } from '../configuration/config-file.ts';
import { type Context, withContext } from '../configuration/contexts.ts';
import { controlPlaneUrl, isPlainRemote } from '../configuration/target.ts';
import { usageError } from '../errors.ts';
import { defineVerb } from '../frame/define.ts';
import { type Invocation, requestTimeoutMsOf } from '../frame/invocation.ts';
import { chooseMembership, type Membership } from '../frame/membership.ts';
import { choice, flag, text } from '../frame/parameters.ts';
import { httpFor, readMe } from '../frame/session.ts';
import { issueTokenByPassword } from '../http/password-sign-in.ts';
import { readSecret, type SecretSource } from '../input/secret.ts';

const more = `Sign in with an API token, or as an owner with --email: that makes a token of this role, good for 90 days.
Secrets are never taken from the command line, which every process of the machine can read: give them by standard input,
a file, SLUICE_TOKEN or SLUICE_PASSWORD, or type them when asked.

Examples:
  sluice login --url https://sluice.example
  sluice login --url https://sluice.example --context prod --token-stdin < token.txt
  sluice login --url http://127.0.0.1:3400 --email owner@localhost`;

const tokenDays = 90;

async function urlOf({ ports }: Invocation, given: string | undefined, known: string | undefined): Promise<string> {
  const url = given ?? (ports.environment['SLUICE_URL'] || known);
  if (url !== undefined && url !== '') return controlPlaneUrl(url);
  if (!ports.stdin.isTerminal) throw usageError('Where is the control plane?', 'Add --url, or set SLUICE_URL.');
  return controlPlaneUrl((await ports.stdin.readLine('Address of the control plane: ')).trim());
}

async function secretOf({ ports }: Invocation, what: 'token' | 'password', source: SecretSource): Promise<string> {
  const given = await readSecret(ports, source);
  if (given !== undefined) return given;
  const hint = `Use --${what}-stdin, --${what}-file or ${source.environmentName}.`;
  if (!ports.stdin.isTerminal) throw usageError(`No ${what} was given.`, hint);
  const typed = await ports.stdin.readLine(what === 'token' ? 'API token: ' : 'Password: ', { hidden: true });
  if (typed.trim() === '') throw usageError(`No ${what} was given.`, hint);
  return typed;
}

/** `membership` is undefined when the token has several organizations and none was named: each command has to say which. */
type SignedIn = { token: string; name: string; membership: Membership | undefined };

async function signInWithToken(
  { ports, common }: Invocation,
  target: { url: string; timeoutMs: number },
  token: string,
): Promise<SignedIn> {
  const { memberships, name } = await readMe(httpFor(ports, { ...target, token }));
  const isOpen = common.organization === undefined && memberships.length > 1;
  return { token, name, membership: isOpen ? undefined : chooseMembership(memberships, common.organization) };
}

export const login = defineVerb({
  summary: 'Sign in at a control plane and remember it',
  more,
  parameters: {
    url: text('--url <url>', 'Its address (default: SLUICE_URL, else that of the context)'),
    tokenStdin: flag('--token-stdin', 'Read the API token from standard input'),
    tokenFile: text('--token-file <file>', 'Read the API token from a file'),
    email: text('--email <address>', 'Sign in as this owner instead, and make a token'),
    role: choice('--role <role>', roles, 'What that token may do (default: operator)'),
    passwordStdin: flag('--password-stdin', 'Read the password from standard input'),
    passwordFile: text('--password-file <file>', 'Read the password from a file'),
  },
  run: async (invocation, { url: urlFlag, tokenStdin, tokenFile, email, role = 'operator', passwordStdin, passwordFile }) => {
    const { ports, common, note } = invocation;
    const configuration = await loadConfiguration(ports);
    const known = common.context ?? configuration.currentContext;
    const url = await urlOf(invocation, urlFlag, known === null ? undefined : configuration.contexts[known]?.url);
    if (isPlainRemote(url)) note(`Warning: ${url} is not encrypted, so whoever is on the way can read the secret. Use https.`);
    const target = { url, timeoutMs: requestTimeoutMsOf(invocation) };
    const signIn = async (): Promise<SignedIn> => {
      if (email === undefined) {
        const token = await secretOf(invocation, 'token', { fromStdin: tokenStdin, file: tokenFile, environmentName: 'SLUICE_TOKEN' });
        return signInWithToken(invocation, target, token.trim());
      }
      const password = await secretOf(invocation, 'password', {
        fromStdin: passwordStdin,
        file: passwordFile,
        environmentName: 'SLUICE_PASSWORD',
      });
      const token = { name: `sluice on ${hostname()}`.slice(0, 100), role, expiresInDays: tokenDays };
      const issued = await issueTokenByPassword(ports, { ...target, email, password, organization: common.organization, token });
      return { token: issued.token, name: email, membership: { ...issued.membership, role } };
    };
    const { token, name, membership } = await signIn();
    const organization = membership === undefined ? undefined : { id: membership.organizationId, name: membership.organizationName };
    const context: Context = { url, token, ...(organization === undefined ? {} : { organization }) };
    const isKnown = known !== null && configuration.contexts[known]?.url === url;
    const contextName = common.context ?? (isKnown ? known : new URL(url).host);
    await saveConfiguration(ports, withContext(configuration, contextName, context));
    const place =
      membership === undefined ? 'name the organization with --organization' : `${membership.role} in ${membership.organizationName}`;
    note(`Signed in at ${url} as ${name} (${place}). Context: ${contextName}`);
    return undefined;
  },
});
