import { withProgress } from '../../bundles/progress.ts';
import { verifyBundle } from '../../bundles/verify-bundle.ts';
import { CliError } from '../../errors.ts';
import { exitCodes } from '../../exit-codes.ts';
import { defineVerb } from '../../frame/define.ts';
import { argument, flag, optionalArgument, text } from '../../frame/parameters.ts';
import { bundleView } from '../../output/views/bundles.ts';
import { resolveRelease } from '../../resolve/releases.ts';

export const releaseBundle = defineVerb({
  summary: 'Fetch a release as one file, with everything that devices need to install it',
  more: `The file is verified before it gets its name: every byte of it, up to the signature. Credentials are not in it.
Its root digest is what the other side has to trust: give it to them over another way than the file.

Example:
  sluice release bundle line/v3 line-v3.tar`,
  parameters: {
    release: argument('release', 'Its name, line/v3, latest, or its id'),
    file: optionalArgument('path', 'Where to write it (default: release-<digest>.tar here)'),
    app: text('--app <app>', 'The application: its name or id'),
    force: flag('--force', 'Overwrite a file that exists'),
  },
  run: async ({ connect, print, ports, note }, { release: reference, app, file, force }) => {
    const session = await connect();
    const release = await resolveRelease(session, reference, app);
    const path = file ?? `release-${release.digest.slice(0, 12)}.tar`;
    if (!force && (await ports.files.kind(path)) !== 'none') {
      const hint = 'Choose another place, or add --force.';
      throw new CliError('FILE_EXISTS', `Nothing was fetched: ${path} would be overwritten.`, { exitCode: exitCodes.conflict, hint });
    }
    const stream = await session.stream(`/releases/${release.id}/bundle`);
    let verified: Awaited<ReturnType<typeof verifyBundle>> | undefined;
    await ports.files.writeChunks(path, withProgress(ports, 'Fetching', stream), async (written) => {
      verified = await verifyBundle(ports.files.readChunks(written), { trustedRoot: undefined });
      if (verified.release.digest === release.digest) return;
      throw new CliError('BUNDLE_MALFORMED', 'The control plane sent the bundle of another release.');
    });
    if (verified === undefined) return undefined;
    print.one({ file: path, ...verified }, bundleView);
    if (print.isForPeople) note('It is whole and its signature holds.');
    return undefined;
  },
});
