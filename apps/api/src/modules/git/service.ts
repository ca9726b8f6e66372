import { Readable } from 'node:stream';
import type { Clock } from '@sluice/platform';
import { findGitRepository, type GitRepository, type Store } from '@sluice/store';
import { advertise, type ProtocolVersion, uploadPack } from '@sluice/vcs';
import type { Actor } from '../../authentication/actor.ts';
import { actorOfToken } from '../../authentication/authenticate.ts';
import type { PurposeKeys } from '../../dependencies.ts';
import { ApiError, notFound } from '../../problems/api-error.ts';

export type GitDependencies = { store: Store; clock: Clock; keys: PurposeKeys; configuration: { publicUrl: string } };

/** How a client names a repository: `<organization>/<application>.git`, each by id or by name. */
export type RepositoryAddress = { organization: string; repository: string };

export type GitRepositories = {
  /** @throws ApiError UNAUTHENTICATED, TOKEN_EXPIRED, TOKEN_REVOKED */
  authenticate(authorization: string | undefined, address: string): Promise<Actor>;
  /** @throws ApiError NOT_FOUND, also for what belongs to others */
  find(actor: Actor, address: RepositoryAddress): Promise<GitRepository>;
  advertise(repository: GitRepository, version: ProtocolVersion): Promise<Buffer>;
  /** What git-upload-pack answers to a request. */
  answer(repository: GitRepository, request: { version: ProtocolVersion; body: Buffer }): Readable;
};

const tokenForm = /^[A-Za-z0-9._~+/=-]{1,4096}$/;

/** The API token of a request: the password of HTTP Basic (any user name), as git's credential helpers give it, or a bearer token. */
function tokenOf(authorization: string): string | undefined {
  const [scheme = '', value = ''] = authorization.split(' ', 2);
  if (scheme.toLowerCase() === 'bearer') return tokenForm.test(value) ? value : undefined;
  if (scheme.toLowerCase() !== 'basic' || !tokenForm.test(value)) return undefined;
  const pair = Buffer.from(value, 'base64').toString('utf8');
  const password = pair.slice(pair.indexOf(':') + 1);
  return tokenForm.test(password) ? password : undefined;
}

/** Makes the module of git: the histories of applications, read-only. */
export function createGitRepositories({ store, clock, keys, configuration }: GitDependencies): GitRepositories {
  const authentication = { store, clock, apiTokenKey: keys['jwt-api'], publicUrl: configuration.publicUrl };
  return {
    authenticate: async (authorization, address) => {
      const token = authorization === undefined ? undefined : tokenOf(authorization);
      if (token === undefined) throw new ApiError('UNAUTHENTICATED', 'Give an API token as the password; the user name does not matter.');
      return actorOfToken(authentication, token, address);
    },
    find: async (actor, { organization, repository }) => {
      const membership = actor.memberships.find((each) => each.organizationId === organization || each.organizationName === organization);
      const application = /^(.+)\.git$/s.exec(repository)?.[1];
      if (membership === undefined || application === undefined) throw notFound('repository');
      const found = await findGitRepository(store, membership.organizationId, application);
      if (found === undefined) throw notFound('repository');
      return found;
    },
    advertise: (repository, version) => advertise(store, repository, version),
    answer: (repository, request) => Readable.from(uploadPack(store, repository, request), { objectMode: false }),
  };
}
