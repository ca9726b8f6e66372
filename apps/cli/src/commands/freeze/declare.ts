import type { CreateFreezeRequest, Freeze } from '@sluice/contracts';
import { usageError } from '../../errors.ts';
import { defineVerb } from '../../frame/define.ts';
import { momentOf } from '../../frame/moment.ts';
import { argument, text } from '../../frame/parameters.ts';
import { freezeView } from '../../output/views/gates.ts';
import { readStageNames } from '../../resolve/gates.ts';
import { isId } from '../../resolve/match.ts';
import { applicationOfStage } from '../../resolve/policies.ts';
import { resolveStage } from '../../resolve/stages.ts';

export const freezeDeclare = defineVerb({
  summary: 'No wave starts and nothing is offered, until it ends; what is under way goes on',
  more: `Examples:
  sluice freeze declare "Year end" --from 2026-12-24T12:00:00+01:00 --until 2027-01-07T06:00:00+01:00
  sluice freeze declare Stocktaking --stage line/prod --until 8h

A rollout that was created with --hotfix passes. Without --until it holds until somebody lifts it.`,
  parameters: {
    name: argument('name', 'What it is for'),
    stage: text('--stage <stage>', 'Only there: line/prod, with --app prod, or its id (default: everywhere)'),
    app: text('--app <app>', 'The application of the stage'),
    from: text('--from <time>', 'When it begins: a time with its offset, or how long from now (default: now)'),
    until: text('--until <time>', 'When it ends, in the same way'),
    reason: text('--reason <text>', 'Why, for the ledger'),
  },
  run: async ({ connect, print, ports }, { name, stage, app, from, until, reason }) => {
    const now = ports.clock.now();
    const startsAt = from === undefined ? undefined : momentOf(from, now);
    const endsAt = until === undefined ? undefined : momentOf(until, now);
    if (endsAt !== undefined && Date.parse(endsAt) <= Date.parse(startsAt ?? new Date(now).toISOString())) {
      throw usageError(`It would end at ${endsAt}, before it begins.`);
    }
    const session = await connect();
    const stageIdOf = async (reference: string): Promise<string> =>
      isId(reference) ? reference : (await resolveStage(session, reference, await applicationOfStage(session, reference, app))).id;
    const stageId = stage === undefined ? undefined : await stageIdOf(stage);
    const request: CreateFreezeRequest = {
      name,
      ...(stageId === undefined ? {} : { stageId }),
      ...(startsAt === undefined ? {} : { startsAt }),
      ...(endsAt === undefined ? {} : { endsAt }),
      ...(reason === undefined ? {} : { reason }),
    };
    const freeze = await session.post<Freeze>('/freezes', request);
    const names = print.isForPeople && stageId !== undefined ? await readStageNames(session) : new Map<string, string>();
    print.one(freeze, freezeView(ports.timeZone, now, names));
    return undefined;
  },
});
