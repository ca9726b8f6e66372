import type { ReleaseFindings } from '@sluice/contracts';
import { defineVerb } from '../../frame/define.ts';
import { argument, text } from '../../frame/parameters.ts';
import { reportLines } from '../../output/findings.ts';
import { resolveRelease } from '../../resolve/releases.ts';

export const releaseFindings = defineVerb({
  summary: 'What the policies found when a release was published',
  parameters: {
    release: argument('release', 'Its name, line/v3, latest, or its id'),
    app: text('--app <app>', 'The application: its name or id'),
  },
  run: async ({ connect, print, note }, { release: reference, app }) => {
    const session = await connect();
    const release = await resolveRelease(session, reference, app);
    const findings = await session.get<ReleaseFindings>(`/releases/${release.id}/findings`);
    if (!print.isForPeople) print.data(findings);
    else if (findings.report === null) note('It was published without being checked.');
    else for (const line of reportLines(findings.report, print.paint)) print.line(line);
    return undefined;
  },
});
