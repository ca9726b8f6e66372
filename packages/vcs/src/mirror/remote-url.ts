import { refuseLiteralAddress } from './remote-addresses.ts';
import { RemoteError } from './remote-error.ts';

/** Where a remote is, and how to sign in there. */
export type RemoteAccess = { url: string; username: string | null; password: string | null };

/** The user name that servers take tokens with (GitLab asks for this one; GitHub, Gitea, Forgejo and Azure take any). */
const TOKEN_USER = 'oauth2';

function refused(message: string): RemoteError {
  return new RemoteError('ADDRESS_REFUSED', message);
}

/** `git@host:path`, as git's own documentation calls it: the shorter scp-like syntax. */
const scpLike = /^[^/:@\s]+@[^/:\s]+:/;

function decoded(text: string): string | null {
  try {
    return text === '' ? null : decodeURIComponent(text);
  } catch {
    throw refused('The user or password in the address is not well formed: give them as fields of their own.');
  }
}

/**
 * Reads the address of a remote as a person wrote it. User and password are taken out of it, so that the address can be shown and logged.
 * @throws RemoteError ADDRESS_REFUSED, in words for people
 */
export function parseRemoteUrl(text: string): RemoteAccess {
  if (scpLike.test(text) || /^(?:ssh|git\+ssh):/i.test(text))
    throw refused('SSH is not supported: give the https address of the repository, with a token as password.');
  if (!URL.canParse(text)) throw refused('This is no address: give one such as https://git.example.com/team/flows.git.');
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw refused(`Addresses that start with ${url.protocol} are not supported: give an https address.`);
  if (url.search !== '' || url.hash !== '') throw refused('The address of a repository has neither "?" nor "#".');
  refuseLiteralAddress(url.hostname);
  const access = { username: decoded(url.username), password: decoded(url.password) };
  url.username = '';
  url.password = '';
  return { url: url.href.replace(/\/+$/, ''), ...access };
}

/** The headers that sign in (HTTP Basic, RFC 7617); none without a password. */
export function signInHeaders({ username, password }: Pick<RemoteAccess, 'username' | 'password'>): Record<string, string> {
  if (password === null) return {};
  return { Authorization: `Basic ${Buffer.from(`${username ?? TOKEN_USER}:${password}`, 'utf8').toString('base64')}` };
}
