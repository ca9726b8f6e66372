import type { CreateRolloutRequest, RolloutPolicy } from '@sluice/contracts';
import { usageError } from '../errors.ts';
import type { Invocation } from '../frame/invocation.ts';
import { momentOf } from '../frame/moment.ts';
import { requiredText, text, type ValuesOf } from '../frame/parameters.ts';
import type { Session } from '../frame/session.ts';
import { readDocument } from '../input/document.ts';
import { resolveApplication } from '../resolve/applications.ts';
import { resolveRelease } from '../resolve/releases.ts';
import { resolveStage } from '../resolve/stages.ts';

/** The options that say what goes where, and how. */
export const promotionParameters = {
  release: requiredText('--release <release>', 'Its name, line/v3, latest, or its id'),
  stage: requiredText('--stage <stage>', 'Its name, or its id'),
  app: text('--app <app>', 'The application: its name or id'),
  policy: text('--policy <file>', 'Another rollout policy than that of the stage: JSON or YAML'),
  startAt: text('--start-at <time>', 'Not before: a time with its offset, or how long from now, such as 2h'),
  priority: text('--priority <number>', 'From -1000 to 1000: the higher rollout keeps the devices that both want (default 0)'),
  hotfix: text('--hotfix <reason>', 'Pass freezes, and say why; needs an owner'),
  planSeed: text('--plan-seed <seed>', 'Of a simulation: the same devices go into the same waves'),
};

type Choices = ValuesOf<typeof promotionParameters>;

/** What is said of this rollout alone. @throws CliError USAGE */
function readChoices({ startAt, priority, hotfix, planSeed }: Choices, now: number): Partial<CreateRolloutRequest> {
  if (priority !== undefined && !/^-?\d{1,4}$/.test(priority)) {
    throw usageError(`--priority takes a whole number from -1000 to 1000, not "${priority}".`);
  }
  return {
    ...(startAt === undefined ? {} : { startAt: momentOf(startAt, now) }),
    ...(priority === undefined ? {} : { priority: Number(priority) }),
    ...(hotfix === undefined ? {} : { hotfixReason: hotfix }),
    ...(planSeed === undefined ? {} : { planSeed }),
  };
}

/** The request that the options mean. @throws CliError USAGE, NOT_FOUND */
export async function readPromotion(invocation: Invocation, values: Choices): Promise<{ session: Session; request: CreateRolloutRequest }> {
  const { ports } = invocation;
  const choices = readChoices(values, ports.clock.now());
  // The control plane checks what the file says.
  const policy = values.policy === undefined ? {} : { policy: (await readDocument(ports, values.policy)) as RolloutPolicy };
  const session = await invocation.connect();
  const release = await resolveRelease(session, values.release, values.app);
  const application = await resolveApplication(session, release.applicationId);
  const { id: stageId } = await resolveStage(session, values.stage, application);
  return { session, request: { releaseId: release.id, stageId, ...policy, ...choices } };
}
