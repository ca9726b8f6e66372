import type { Application, Snapshot } from '@sluice/contracts';
import type { Session } from '../frame/session.ts';
import { scopeOf } from './applications.ts';
import { isId, pickNamed } from './match.ts';

type Owned = { application: Application; snapshot: Snapshot; isLatest: boolean };

async function snapshotsOf(session: Session, application: Application): Promise<Owned[]> {
  const snapshots = await session.all<Snapshot>(`/applications/${application.id}/snapshots`);
  return snapshots.map((snapshot, index) => ({ application, snapshot, isLatest: index === 0 }));
}

/**
 * The snapshot that is meant by an id, `v3`, `line/v3` or `latest`.
 * @throws CliError NOT_FOUND, AMBIGUOUS when several applications have it
 */
export async function resolveSnapshot(session: Session, reference: string, application: string | undefined): Promise<Snapshot> {
  if (isId(reference)) return session.get(`/snapshots/${reference}`);
  const { name, applications } = await scopeOf(session, reference, application);
  const items = (await Promise.all(applications.map((each) => snapshotsOf(session, each)))).flat();
  const namesOf = ({ application: owner, snapshot: { number }, isLatest }: Owned): string[] => [
    `${owner.name}/v${number}`,
    `v${number}`,
    `${number}`,
    ...(isLatest ? ['latest'] : []),
  ];
  return pickNamed(name, { noun: 'snapshot', items, namesOf }).snapshot;
}
