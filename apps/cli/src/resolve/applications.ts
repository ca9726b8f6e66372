import type { Application } from '@sluice/contracts';
import { usageError } from '../errors.ts';
import type { Session } from '../frame/session.ts';
import { isId, pickNamed, splitQualified } from './match.ts';

/** The application with this name or id. @throws CliError NOT_FOUND */
export async function resolveApplication(session: Session, reference: string): Promise<Application> {
  if (isId(reference)) return session.get(`/applications/${reference}`);
  const items = await session.all<Application>('/applications');
  return pickNamed(reference, { noun: 'application', items, namesOf: (item) => [item.name] });
}

/** What a reference to a thing of an application says: the thing's name, and in which applications it may be. */
export type Scope = { name: string; applications: Application[] };

/**
 * Where to look for `reference`: in the application that was given, in that of `line/v3`, else in all.
 * @throws CliError NOT_FOUND, USAGE when there is no application at all
 */
export async function scopeOf(session: Session, reference: string, application: string | undefined): Promise<Scope> {
  if (application !== undefined) {
    const resolved = await resolveApplication(session, application);
    const qualified = splitQualified(reference);
    return { name: qualified?.owner === resolved.name ? qualified.name : reference, applications: [resolved] };
  }
  const applications = await session.all<Application>('/applications');
  if (applications.length === 0) throw usageError('There is no application yet.', 'Make one with: sluice app create <name>');
  const qualified = splitQualified(reference);
  const owner = qualified === undefined ? undefined : applications.find((each) => each.name === qualified.owner);
  return owner === undefined || qualified === undefined
    ? { name: reference, applications }
    : { name: qualified.name, applications: [owner] };
}
