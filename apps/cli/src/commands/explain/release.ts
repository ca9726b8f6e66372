import type { ReleaseEligibility } from '@sluice/contracts';
import { defineVerb } from '../../frame/define.ts';
import { argument, text } from '../../frame/parameters.ts';
import { stageEligibilityView } from '../../output/views/promotions.ts';
import { isThere } from '../../promotions/outcome.ts';
import { printEligibility } from '../../promotions/print.ts';
import { resolveRelease } from '../../resolve/releases.ts';

export const explainRelease = defineVerb({
  summary: 'Into which stages a release may go now, and what keeps it out of the others',
  parameters: {
    release: argument('release', 'Its name, line/v3, latest, or its id'),
    app: text('--app <app>', 'The application: its name or id'),
  },
  run: async (invocation, { release: reference, app }) => {
    const { print } = invocation;
    const session = await invocation.connect();
    const { id } = await resolveRelease(session, reference, app);
    const eligibility = await session.get<ReleaseEligibility>(`/releases/${id}/eligibility`);
    if (!print.isForPeople && print.format !== 'name') {
      print.data(eligibility);
      return undefined;
    }
    if (print.format === 'name') {
      for (const { stageName, isEligible } of eligibility.stages) if (isEligible) print.line(stageName);
      return undefined;
    }
    print.list(eligibility.stages, stageEligibilityView);
    for (const stage of eligibility.stages) {
      if (stage.isEligible || isThere(stage.blockers)) continue;
      print.line('');
      printEligibility(invocation, stage);
    }
    return undefined;
  },
});
