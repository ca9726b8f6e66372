import type { GitRemote } from '@sluice/contracts';
import type { Session } from '../frame/session.ts';
import { resolveApplication } from './applications.ts';
import { isId, pickNamed } from './match.ts';

export type FoundGitRemote = { path: string; remote: GitRemote };

/**
 * The git remote of an application with this id, address or direction (when it is the only one of it).
 * @throws CliError NOT_FOUND, AMBIGUOUS
 */
export async function resolveGitRemote(session: Session, app: string, reference: string): Promise<FoundGitRemote> {
  const application = await resolveApplication(session, app);
  const base = `/applications/${application.id}/git-remotes`;
  if (isId(reference)) return { path: `${base}/${reference}`, remote: await session.get<GitRemote>(`${base}/${reference}`) };
  const items = await session.all<GitRemote>(base);
  const namesOf = ({ url, direction }: GitRemote): string[] => [url, direction];
  const labelOf = ({ id, url, direction }: GitRemote): string => `${id} (${direction} ${url})`;
  const remote = pickNamed(reference, { noun: 'git remote', items, namesOf, labelOf });
  return { path: `${base}/${remote.id}`, remote };
}
