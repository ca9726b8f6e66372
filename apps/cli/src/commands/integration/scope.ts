import { usageError } from '../../errors.ts';
import { text } from '../../frame/parameters.ts';
import type { Session } from '../../frame/session.ts';
import type { Query } from '../../http/client.ts';
import { resolveApplication } from '../../resolve/applications.ts';
import { resolveGroup } from '../../resolve/fleet.ts';
import { splitQualified } from '../../resolve/match.ts';
import { resolveStage } from '../../resolve/stages.ts';

/** The options that say whose endpoints. */
export const fleetParameters = {
  stage: text('--stage <stage>', 'Only devices of this stage: line/prod, or prod with --app'),
  group: text('--group <group>', 'Only devices of this group'),
  app: text('--app <app>', 'Only devices that run this application'),
};

/** Names as ids. @throws CliError NOT_FOUND, AMBIGUOUS, USAGE */
export async function fleetQuery(
  session: Session,
  { stage, group, app }: { stage: string | undefined; group: string | undefined; app: string | undefined },
): Promise<Query> {
  const owner = app ?? (stage === undefined ? undefined : splitQualified(stage)?.owner);
  if (stage !== undefined && owner === undefined) throw usageError('Say which application the stage is of: line/prod, or --app line.');
  const application = owner === undefined ? undefined : await resolveApplication(session, owner);
  return {
    applicationId: app === undefined ? undefined : application?.id,
    groupId: group === undefined ? undefined : (await resolveGroup(session, group)).id,
    stageId: stage === undefined || application === undefined ? undefined : (await resolveStage(session, stage, application)).id,
  };
}
