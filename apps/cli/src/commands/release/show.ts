import type { ReleaseSignatures } from '@sluice/contracts';
import { defineVerb } from '../../frame/define.ts';
import { argument, text } from '../../frame/parameters.ts';
import { releaseView } from '../../output/views/applications.ts';
import { signatureView } from '../../output/views/signers.ts';
import { resolveApplication } from '../../resolve/applications.ts';
import { resolveRelease } from '../../resolve/releases.ts';

export const releaseShow = defineVerb({
  summary: 'One release',
  parameters: {
    release: argument('release', 'Its name, line/v3, latest, or its id'),
    app: text('--app <app>', 'The application: its name or id'),
  },
  run: async ({ connect, print, ports }, { release: reference, app }) => {
    const session = await connect();
    const release = await resolveRelease(session, reference, app);
    const application = await resolveApplication(session, release.applicationId);
    print.one(release, releaseView(application.name, ports.timeZone));
    if (!print.isForPeople) return undefined;
    const { signatures } = await session.get<ReleaseSignatures>(`/releases/${release.id}/signatures`);
    print.section('Signatures', signatures, signatureView.columns);
    return undefined;
  },
});
