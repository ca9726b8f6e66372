import type { CreateRolloutRequest, Rollout, RolloutPolicy } from '@sluice/contracts';
import { usageError } from '../../errors.ts';
import { defineVerb } from '../../frame/define.ts';
import { momentOf } from '../../frame/moment.ts';
import { requiredText, text } from '../../frame/parameters.ts';
import { readDocument } from '../../input/document.ts';
import { rolloutView } from '../../output/views/rollouts.ts';
import { resolveApplication } from '../../resolve/applications.ts';
import { resolveRelease } from '../../resolve/releases.ts';
import { resolveStage } from '../../resolve/stages.ts';
import { exitCodeOfEnd, noteRollbacks, waitForRollout } from '../../rollouts/follow.ts';
import { waitHelp, waitParameters } from './wait.ts';

type Chosen = Record<'startAt' | 'priority' | 'hotfix' | 'reason', string | undefined>;

/** What is said of this rollout alone. @throws CliError USAGE */
function readChoices({ startAt, priority, hotfix, reason }: Chosen, now: number): Partial<CreateRolloutRequest> {
  if (priority !== undefined && !/^-?\d{1,4}$/.test(priority)) {
    throw usageError(`--priority takes a whole number from -1000 to 1000, not "${priority}".`);
  }
  return {
    ...(startAt === undefined ? {} : { startAt: momentOf(startAt, now) }),
    ...(priority === undefined ? {} : { priority: Number(priority) }),
    ...(hotfix === undefined ? {} : { hotfixReason: hotfix }),
    ...(reason === undefined ? {} : { reason }),
  };
}

export const rolloutCreate = defineVerb({
  summary: 'Promote a release into a stage',
  more: waitHelp,
  parameters: {
    release: requiredText('--release <release>', 'Its name, line/v3, latest, or its id'),
    stage: requiredText('--stage <stage>', 'Its name, or its id'),
    app: text('--app <app>', 'The application: its name or id'),
    policy: text('--policy <file>', 'Another rollout policy than that of the stage: JSON or YAML'),
    startAt: text('--start-at <time>', 'Not before: a time with its offset, or how long from now, such as 2h'),
    priority: text('--priority <number>', 'From -1000 to 1000: the higher rollout keeps the devices that both want (default 0)'),
    hotfix: text('--hotfix <reason>', 'Pass freezes, and say why; needs an owner'),
    reason: text('--reason <text>', 'Why, for the ledger'),
    ...waitParameters,
  },
  run: async (invocation, { release: reference, stage, app, policy, wait, timeout, ...chosen }) => {
    const { ports, print, note } = invocation;
    const choices = readChoices(chosen, ports.clock.now());
    // The control plane checks what the file says.
    const ownPolicy = policy === undefined ? undefined : ((await readDocument(ports, policy)) as RolloutPolicy);
    const session = await invocation.connect();
    const release = await resolveRelease(session, reference, app);
    const application = await resolveApplication(session, release.applicationId);
    const { id: stageId } = await resolveStage(session, stage, application);
    const request: CreateRolloutRequest = {
      releaseId: release.id,
      stageId,
      ...(ownPolicy === undefined ? {} : { policy: ownPolicy }),
      ...choices,
    };
    const rollout = await session.post<Rollout>('/rollouts', request);
    if (!wait) {
      print.one(rollout, rolloutView(ports.timeZone));
      return undefined;
    }
    note(`Rollout ${rollout.id} ${rollout.state === 'pending_approval' ? 'waits for approval.' : 'has begun.'}`);
    const end = await waitForRollout(invocation, session, { rolloutId: rollout.id, timeoutMs: timeout });
    print.one(end.rollout, rolloutView(ports.timeZone));
    await noteRollbacks(invocation, session, end.rollout);
    return exitCodeOfEnd(end);
  },
});
