import type { Device, Group, Rollout } from '@sluice/contracts';
import { CliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Session } from '../frame/session.ts';
import { isId, pickNamed } from './match.ts';

/** The id of the device with this name or id. @throws CliError NOT_FOUND */
export async function resolveDeviceId(session: Session, reference: string): Promise<string> {
  if (isId(reference)) return reference;
  // The control plane searches by a part of the name, so this is one page even in a large fleet.
  const { items: found } = await session.upTo<Device>('/devices', { search: reference.slice(0, 100) }, 1_000);
  // Nothing like it: some names at least show what they look like here.
  const items = found.length > 0 ? found : (await session.upTo<Device>('/devices', {}, 10)).items;
  return pickNamed(reference, { noun: 'device', items, namesOf: (item) => [item.name] }).id;
}

/** The device group with this name or id. @throws CliError NOT_FOUND */
export async function resolveGroup(session: Session, reference: string): Promise<Group> {
  if (isId(reference)) return session.get(`/groups/${reference}`);
  const items = await session.all<Group>('/groups');
  return pickNamed(reference, { noun: 'device group', items, namesOf: (item) => [item.name] });
}

/** The names of all groups, by id. */
export async function readGroupNames(session: Session): Promise<Map<string, string>> {
  return new Map((await session.all<Group>('/groups')).map(({ id, name }) => [id, name]));
}

/** The id of the rollout that is meant: rollouts have no names, so by its id, or `latest`. @throws CliError NOT_FOUND */
export async function resolveRolloutId(session: Session, reference: string): Promise<string> {
  if (isId(reference)) return reference;
  const { items } = await session.upTo<Rollout>('/rollouts', {}, 10);
  const [newest] = items;
  if (reference === 'latest' && newest !== undefined) return newest.id;
  throw new CliError('NOT_FOUND', `There is no rollout "${reference}".`, {
    exitCode: exitCodes.notFound,
    candidates: items.map((rollout) => `${rollout.id} (${rollout.applicationName}/${rollout.release.name} to ${rollout.stageName})`),
    hint: 'A rollout is named by its id, or "latest".',
  });
}
