import type { Application, Release, ReleaseSignerList, Snapshot } from '@sluice/contracts';
import { loadConfiguration } from '../configuration/config-file.ts';
import type { Session } from '../frame/session.ts';
import { openSession } from '../frame/session.ts';
import type { Ports } from '../ports.ts';
import { readStageWorld, stageReference } from '../resolve/stages.ts';

/** As many as a shell shows sensibly. */
const namesMax = 200;
/** Of one application: the newest are what people type. */
const versionsMax = 30;
const applicationsMax = 20;
/** Who presses the tab key does not wait for long. */
const timeoutMs = 2_000;

type Names = (session: Session, typed: string) => Promise<string[]>;

const newest = async <T>(session: Session, path: string, count: number, query = {}): Promise<T[]> =>
  (await session.upTo<T>(path, query, count)).items;

const named =
  (path: string): Names =>
  async (session) =>
    (await newest<{ name: string }>(session, path, namesMax)).map(({ name }) => name);
const identified =
  (path: string, more: readonly string[] = []): Names =>
  async (session) => [...more, ...(await newest<{ id: string }>(session, path, versionsMax)).map(({ id }) => id)];
const versions =
  <T>(kind: string, nameOf: (item: T) => string): Names =>
  async (session) => {
    const applications = await newest<Application>(session, '/applications', applicationsMax);
    const lists = applications.map(async ({ id, name }) =>
      (await newest<T>(session, `/applications/${id}/${kind}`, versionsMax)).map((item) => `${name}/${nameOf(item)}`),
    );
    return [...new Set((await Promise.all(lists)).flat())];
  };

/** What names there are, by what arguments and options are called: `<device>`, `--stage <stage>`. */
const namesOf: Readonly<Record<string, Names>> = {
  app: named('/applications'),
  device: async (session, typed) =>
    (await newest<{ name: string }>(session, '/devices', namesMax, typed === '' ? {} : { search: typed })).map(({ name }) => name),
  group: named('/groups'),
  budget: named('/disruption-budgets'),
  rollout: identified('/rollouts', ['latest']),
  promotion: identified('/promotions', ['latest']),
  hold: identified('/holds'),
  freeze: identified('/freezes'),
  waiver: identified('/policy-waivers'),
  signer: async (session) => (await session.get<ReleaseSignerList>('/release-signers')).items.map(({ name }) => name),
  webhook: identified('/webhooks'),
  snapshot: versions<Snapshot>('snapshots', ({ number }) => `v${number}`),
  release: versions<Release>('releases', ({ name }) => name),
  stage: async (session) => {
    const { all } = await readStageWorld(session, undefined);
    return all.map((placed) => stageReference(placed, all));
  },
};

/** Whether there are names for what an argument or the value of an option is called. */
export function hasNames(placeholder: string): boolean {
  return placeholder === 'context' || Object.hasOwn(namesOf, placeholder);
}

/** The names that can stand for a placeholder. None when nobody can be asked: whoever types must not be disturbed. */
export async function completeNames(ports: Ports, placeholder: string, typed: string): Promise<string[]> {
  try {
    if (placeholder === 'context') return Object.keys((await loadConfiguration(ports)).contexts);
    const names = namesOf[placeholder];
    if (names === undefined) return [];
    const session = await openSession(ports, { context: undefined, organization: undefined, timeoutMs });
    return (await names(session, typed)).filter((name) => name.startsWith(typed) && !/[\p{Cc}]/u.test(name));
  } catch {
    return [];
  }
}
