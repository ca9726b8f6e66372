import { type PolicyWaiver, policyRuleNames } from '@sluice/contracts';
import { defineVerb } from '../../frame/define.ts';
import { listParameters, printList, readList } from '../../frame/lists.ts';
import { choice, flag, text } from '../../frame/parameters.ts';
import { waiverView } from '../../output/views/policies.ts';
import { resolveApplication } from '../../resolve/applications.ts';

export const waiverList = defineVerb({
  summary: 'The waivers, newest first, the ended ones too',
  parameters: {
    app: text('--app <app>', 'Only those for this application: its name or id'),
    rule: choice('--rule <rule>', policyRuleNames, 'Only those for this rule'),
    active: flag('--active', 'Only those that count now'),
    ...listParameters,
  },
  run: async (invocation, { app, rule, active, ...values }) => {
    const session = await invocation.connect();
    const applicationId = app === undefined ? undefined : (await resolveApplication(session, app)).id;
    const query = { applicationId, rule, active: active ? true : undefined };
    const items = await readList<PolicyWaiver>(invocation, session, { path: '/waivers', query, values });
    printList(invocation, items, waiverView(invocation.ports.timeZone));
    return undefined;
  },
});
