import type { CreateGitRemoteRequest, GitDirection, UpdateGitRemoteRequest } from '@sluice/contracts';
import type { GitRemoteSecret, GitRemoteSettings, StoredGitRemote } from '@sluice/store';
import { parseRemoteUrl, type RemoteAccess, RemoteError } from '@sluice/vcs';
import { ApiError } from '../../problems/api-error.ts';

/** What a request makes of a remote. A secret that is undefined stays as it is; null removes it. */
export type WantedGitRemote = GitRemoteSettings & { secrets: Record<GitRemoteSecret, string | null | undefined> };

function invalid(pointer: string, detail: string): ApiError {
  return new ApiError('VALIDATION_FAILED', 'The git remote is not valid: see errors.', { errors: [{ pointer, detail }] });
}

function readUrl(url: string): RemoteAccess {
  try {
    return parseRemoteUrl(url);
  } catch (error) {
    if (error instanceof RemoteError) throw invalid('/url', error.message);
    throw error;
  }
}

const importOnly = ['path', 'webhookSecret', 'credentialSecret', 'ignoreCredentials', 'pollIntervalSeconds'] as const;

/** @throws ApiError VALIDATION_FAILED when a mirror is given what only an import has */
function checkDirection(direction: GitDirection, request: Partial<UpdateGitRemoteRequest>): void {
  if (direction === 'import') return;
  const wrong = importOnly.find((name) => ![undefined, null, false, ''].includes(request[name] as never));
  if (wrong !== undefined) throw invalid(`/${wrong}`, 'only a remote with the direction import has this');
}

/** @throws ApiError VALIDATION_FAILED */
export function newGitRemote(request: CreateGitRemoteRequest): WantedGitRemote {
  const { direction, branch = 'main', path = '', ignoreCredentials = false, pollIntervalSeconds = null, enabled = true } = request;
  checkDirection(direction, request);
  const access = readUrl(request.url);
  const secrets = {
    password: request.password ?? access.password,
    webhookSecret: request.webhookSecret ?? null,
    credentialSecret: request.credentialSecret ?? null,
  };
  const username = request.username ?? access.username;
  return { url: access.url, branch, path, username, ignoreCredentials, pollIntervalSeconds, enabled, secrets };
}

/**
 * What a remote becomes. Its password never goes to another server than the one that it was given for.
 * @throws ApiError VALIDATION_FAILED
 */
export function changedGitRemote(before: StoredGitRemote, request: UpdateGitRemoteRequest): WantedGitRemote {
  checkDirection(before.direction, request);
  const access = request.url === undefined ? { url: before.url, username: null, password: null } : readUrl(request.url);
  const password = request.password !== undefined ? request.password : (access.password ?? undefined);
  const isOtherServer = new URL(access.url).origin !== new URL(before.url).origin;
  if (isOtherServer && before.sealed.password !== null && password === undefined)
    throw invalid('/password', 'the address is on another server now: give the password for that one, or null');
  return {
    url: access.url,
    branch: request.branch ?? before.branch,
    path: request.path ?? before.path,
    username: request.username !== undefined ? request.username : (access.username ?? before.username),
    ignoreCredentials: request.ignoreCredentials ?? before.ignoreCredentials,
    pollIntervalSeconds: request.pollIntervalSeconds !== undefined ? request.pollIntervalSeconds : before.pollIntervalSeconds,
    enabled: request.enabled ?? before.enabled,
    secrets: { password, webhookSecret: request.webhookSecret, credentialSecret: request.credentialSecret },
  };
}
