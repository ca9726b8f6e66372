import type { PolicyRuleCatalogue } from '@sluice/contracts';
import { defineVerb } from '../../frame/define.ts';
import { ruleView } from '../../output/views/policies.ts';

export const policyRulesVerb = defineVerb({
  summary: 'Every rule with its default; with -o wide also why it matters',
  parameters: {},
  run: async ({ connect, print }) => {
    const session = await connect();
    const { items } = await session.get<PolicyRuleCatalogue>('/policy-rules');
    print.list(items, ruleView);
    return undefined;
  },
});
