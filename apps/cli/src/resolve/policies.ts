import type { Application } from '@sluice/contracts';
import { usageError } from '../errors.ts';
import type { Session } from '../frame/session.ts';
import { resolveApplication } from './applications.ts';
import { isId, splitQualified } from './match.ts';
import { resolveStage } from './stages.ts';

/** A layer of policies: its path below the organization, and what people call it. */
export type PolicyLayerPath = { path: string; name: string };

/**
 * The application that a stage is looked for in: that of `--app`, else that of `line/prod`.
 * @throws CliError USAGE when neither says it
 */
export async function applicationOfStage(session: Session, stage: string, app: string | undefined): Promise<Application> {
  const owner = app ?? splitQualified(stage)?.owner.split('/')[0];
  if (owner === undefined) throw usageError('Say which application the stage is of: --stage line/prod, or --app line.');
  return resolveApplication(session, owner);
}

/** The layer that is meant: a stage's, an application's, or the organization's when nothing is named. */
export async function resolvePolicyLayer(
  session: Session,
  { app, stage }: { app: string | undefined; stage: string | undefined },
): Promise<PolicyLayerPath> {
  if (stage !== undefined) {
    if (isId(stage)) return { path: `/stages/${stage}/policy-settings`, name: `stage ${stage}` };
    const application = await applicationOfStage(session, stage, app);
    const found = await resolveStage(session, stage, application);
    return { path: `/stages/${found.id}/policy-settings`, name: `stage ${application.name}/${found.name}` };
  }
  if (app === undefined) return { path: '/policy-settings', name: 'organization' };
  const application = await resolveApplication(session, app);
  return { path: `/applications/${application.id}/policy-settings`, name: `application ${application.name}` };
}
