import { type CreateWaiverRequest, type PolicyWaiver, policyRuleNames } from '@sluice/contracts';
import { usageError } from '../../errors.ts';
import { defineVerb } from '../../frame/define.ts';
import { choice, duration, requiredText, text } from '../../frame/parameters.ts';
import { waiverView } from '../../output/views/policies.ts';
import { resolveApplication } from '../../resolve/applications.ts';
import { isId } from '../../resolve/match.ts';
import { applicationOfStage } from '../../resolve/policies.ts';
import { resolveSnapshot } from '../../resolve/snapshots.ts';
import { resolveStage } from '../../resolve/stages.ts';

export const waiverCreate = defineVerb({
  summary: 'Decide to live with what a rule finds',
  more: `Example:
  sluice waiver create --app line --rule exec --subject a1b2c3 --reason "Restarts the modem; reviewed by OT security" --expires 90d

A waiver for a stage does not count when a release is published, which happens before any stage.`,
  parameters: {
    rule: choice('--rule <rule>', policyRuleNames, 'The rule'),
    reason: requiredText('--reason <text>', 'Why it is acceptable'),
    subject: text('--subject <subject>', 'As the finding says, or its part before #; without it everything that the rule finds'),
    app: text('--app <app>', 'Only in this application: its name or id'),
    snapshot: text('--snapshot <snapshot>', 'Only for this snapshot: v3, line/v3, latest, or its id'),
    stage: text('--stage <stage>', 'Only in this stage: line/prod, or prod with --app'),
    expires: duration('--expires <duration>', 'When it ends, such as 90d (default: never)'),
  },
  run: async ({ connect, print, ports }, { rule, reason, subject, app, snapshot, stage, expires }) => {
    if (rule === undefined) throw usageError('Say which rule: --rule.', 'See the rules with: sluice policy rules');
    const session = await connect();
    const application = app === undefined ? undefined : await resolveApplication(session, app);
    const snapshotId = snapshot === undefined ? undefined : (await resolveSnapshot(session, snapshot, app)).id;
    const stageIdOf = async (reference: string): Promise<string> =>
      isId(reference) ? reference : (await resolveStage(session, reference, await applicationOfStage(session, reference, app))).id;
    const stageId = stage === undefined ? undefined : await stageIdOf(stage);
    const request: CreateWaiverRequest = {
      rule,
      reason,
      ...(subject === undefined ? {} : { subject }),
      ...(application === undefined ? {} : { applicationId: application.id }),
      ...(snapshotId === undefined ? {} : { snapshotId }),
      ...(stageId === undefined ? {} : { stageId }),
      ...(expires === undefined ? {} : { expiresAt: new Date(ports.clock.now() + expires).toISOString() }),
    };
    print.one(await session.post<PolicyWaiver>('/waivers', request), waiverView(ports.timeZone));
    return undefined;
  },
});
