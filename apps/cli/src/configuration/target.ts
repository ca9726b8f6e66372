import { CliError, usageError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Ports } from '../ports.ts';
import { type Configuration, contextNamed } from './contexts.ts';

/** Where requests go and as whom. `organization` is known when the context was made for one. */
export type Target = { url: string; token: string; organization: { id: string; name: string } | undefined; contextName: string | null };

/**
 * The address of a control plane without its slash at the end.
 * @throws CliError USAGE
 */
export function controlPlaneUrl(value: string): string {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    throw usageError(`"${value}" is not an address such as https://sluice.example.`);
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    throw usageError('The address of the control plane has no name, password, query or fragment.');
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

/** True when whoever is on the way could read the token. */
export function isPlainRemote(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'http:' && hostname !== 'localhost' && hostname !== '[::1]' && !/^127\./.test(hostname);
}

/**
 * Decides where to go: `--context`, else SLUICE_URL and SLUICE_TOKEN, else SLUICE_CONTEXT, else the current context.
 * A stored token goes only to the address that it was stored for.
 * @throws CliError NOT_SIGNED_IN, CONTEXT_UNKNOWN, USAGE
 */
export function chooseTarget(configuration: Configuration, environment: Ports['environment'], contextFlag: string | undefined): Target {
  const given = contextFlag === undefined ? { url: environment['SLUICE_URL'], token: environment['SLUICE_TOKEN'] } : {};
  const url = given.url === undefined || given.url === '' ? undefined : controlPlaneUrl(given.url);
  const token = given.token === '' ? undefined : given.token;
  if (url !== undefined && token !== undefined) return { url, token, organization: undefined, contextName: null };
  const contextName = contextFlag ?? environment['SLUICE_CONTEXT'] ?? configuration.currentContext;
  if (contextName === null || contextName === '') throw notSignedIn('No control plane is chosen.');
  const context = contextNamed(configuration, contextName);
  if (url !== undefined && url !== context.url) {
    throw notSignedIn(`SLUICE_URL is ${url}, but the token of context "${contextName}" is for ${context.url}. Set SLUICE_TOKEN too.`);
  }
  // A token of the environment may belong to another organization than the stored one.
  const organization = token === undefined ? context.organization : undefined;
  return { url: context.url, token: token ?? context.token, organization, contextName };
}

function notSignedIn(message: string): CliError {
  return new CliError('NOT_SIGNED_IN', message, {
    exitCode: exitCodes.authentication,
    hint: 'Sign in with: sluice login --url <url>   (or set SLUICE_URL and SLUICE_TOKEN)',
  });
}
