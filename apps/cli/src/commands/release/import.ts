import type { ImportedRelease } from '@sluice/contracts';
import { withProgress } from '../../bundles/progress.ts';
import { verifyBundle } from '../../bundles/verify-bundle.ts';
import { defineVerb } from '../../frame/define.ts';
import { argument, requiredText } from '../../frame/parameters.ts';
import { releaseView } from '../../output/views/applications.ts';
import { resolveApplication } from '../../resolve/applications.ts';
import { trustedRoot } from './verify-bundle.ts';

export const releaseImport = defineVerb({
  summary: 'Publish a bundle of another control plane here, without a registry',
  more: `The bundle is verified here first, then by the control plane, which publishes it under the organization's own key with its modules.
The same bundle again gives the same release.

Example:
  sluice release import line-v3.tar --app line --trusted-root 8f14…`,
  parameters: {
    file: argument('file', 'A bundle, as "sluice release bundle" writes it'),
    app: requiredText('--app <app>', 'The application it becomes a release of: its name or id'),
    trustedRoot,
  },
  run: async ({ connect, print, ports, note }, { file, app, trustedRoot: root }) => {
    let length = 0;
    async function* counted() {
      for await (const chunk of ports.files.readChunks(file)) {
        length += chunk.length;
        yield chunk;
      }
    }
    await verifyBundle(withProgress(ports, 'Verifying', { length: null, chunks: counted() }), { trustedRoot: root });
    const session = await connect();
    const application = await resolveApplication(session, app);
    const imported = await session.upload<ImportedRelease>(`/applications/${application.id}/releases/import`, {
      type: 'application/x-tar',
      chunks: withProgress(ports, 'Sending', { length, chunks: ports.files.readChunks(file) }),
      ...(root === undefined ? {} : { query: { trustedRoot: root } }),
    });
    const { release, credentialsNeeded } = imported;
    if (print.isForPeople || print.format === 'name') print.one(release, releaseView(application.name, ports.timeZone));
    else print.data(imported);
    if (credentialsNeeded.length > 0) {
      const nodes = credentialsNeeded.map(({ nodeId, type, name }) => `${name === '' ? nodeId : name} (${type})`);
      note(
        `These nodes need credentials, which are in no bundle: ${nodes.join(', ')}. Capture the flows with them as a new snapshot and publish it.`,
      );
    }
    return undefined;
  },
});
