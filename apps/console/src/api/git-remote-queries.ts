import type { GitRemote, Page } from '@sluice/contracts';
import { queryOptions } from '@tanstack/react-query';
import { read, withQuery } from './client.ts';
import { keys } from './keys.ts';
import { everythingMax, organizationPath } from './queries.ts';

/** Where the git remotes of an application are. */
export const gitRemotesPath = (o: string, applicationId: string): string =>
  `${organizationPath(o)}/applications/${applicationId}/git-remotes`;

/** The repositories that an application's history goes to or comes from. */
export const gitRemotesQuery = (o: string, applicationId: string) =>
  queryOptions({
    queryKey: [...keys.gitRemotes(o), applicationId],
    queryFn: ({ signal }) => read<Page<GitRemote>>(withQuery(gitRemotesPath(o, applicationId), { limit: everythingMax }), signal),
  });
