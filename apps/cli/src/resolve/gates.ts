import type { Application, DisruptionBudget, Freeze } from '@sluice/contracts';
import type { Session } from '../frame/session.ts';
import { isId, pickNamed } from './match.ts';
import { stageReference, stagesOf } from './stages.ts';

/** The names of all stages, by id. */
export async function readStageNames(session: Session): Promise<Map<string, string>> {
  const names = new Map<string, string>();
  for (const application of await session.all<Application>('/applications')) {
    const stages = await stagesOf(session, application);
    for (const placed of stages) names.set(placed.stage.id, stageReference(placed, stages));
  }
  return names;
}

/** The id of the freeze with this id, or with this name among those that hold now or later. @throws CliError NOT_FOUND, AMBIGUOUS */
export async function resolveFreezeId(session: Session, reference: string): Promise<string> {
  if (isId(reference)) return reference;
  const items = await session.all<Freeze>('/freezes', { active: true });
  return pickNamed(reference, { noun: 'freeze', items, namesOf: ({ name }) => [name], labelOf: ({ id, name }) => `${id} (${name})` }).id;
}

/** The disruption budget with this name or id. @throws CliError NOT_FOUND */
export async function resolveBudget(session: Session, reference: string): Promise<DisruptionBudget> {
  if (isId(reference)) return session.get<DisruptionBudget>(`/disruption-budgets/${reference}`);
  const items = await session.all<DisruptionBudget>('/disruption-budgets');
  return pickNamed(reference, { noun: 'disruption budget', items, namesOf: ({ name }) => [name] });
}
