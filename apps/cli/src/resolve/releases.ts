import type { Application, Release } from '@sluice/contracts';
import type { Session } from '../frame/session.ts';
import { scopeOf } from './applications.ts';
import { isId, pickNamed } from './match.ts';

type Owned = { application: Application; release: Release; isLatest: boolean };

async function releasesOf(session: Session, application: Application): Promise<Owned[]> {
  const releases = await session.all<Release>(`/applications/${application.id}/releases`);
  // A release that was published again to roll devices back has the name of the first one, which is the one that people mean.
  const own = releases.filter((release) => release.republishedFrom === null);
  return own.map((release, index) => ({ application, release, isLatest: index === 0 }));
}

/**
 * The release that is meant by an id, its name, `line/<name>` or `latest`.
 * @throws CliError NOT_FOUND, AMBIGUOUS when several have the name
 */
export async function resolveRelease(session: Session, reference: string, application: string | undefined): Promise<Release> {
  if (isId(reference)) return session.get(`/releases/${reference}`);
  const { name, applications } = await scopeOf(session, reference, application);
  const items = (await Promise.all(applications.map((each) => releasesOf(session, each)))).flat();
  const isTaken = (label: string): boolean => items.some(({ release }) => release.name === label);
  const namesOf = ({ application: owner, release, isLatest }: Owned): string[] => [
    `${owner.name}/${release.name}`,
    release.name,
    // A release with a name of its own is still the one of its snapshot.
    ...(isTaken(`v${release.snapshotNumber}`) ? [] : [`v${release.snapshotNumber}`]),
    ...(isLatest ? ['latest'] : []),
  ];
  const labelOf = ({ application: owner, release }: Owned): string => {
    const isUnique = items.filter((each) => each.application === owner && each.release.name === release.name).length === 1;
    return isUnique ? `${owner.name}/${release.name}` : `${release.id} (${release.name}, counter ${release.counter})`;
  };
  return pickNamed(name, { noun: 'release', items, namesOf, labelOf }).release;
}
