import type { Assignment, ReleaseManifest } from '@sluice/contracts';
import { checkFile, checkFileSet, configurationContext, open, TrustError, verifyConfiguration, verifyRelease } from '@sluice/trust';
import type { IntakeDeps } from './intake.ts';

/** An assignment that names a release. */
export type ReleaseAssignment = Assignment & { releaseDigest: string; applicationId: string };

/** The signed manifest of what is assigned, verified. @throws TrustError, or what the calls throw */
export async function fetchManifest({ calls, session, memory }: IntakeDeps, assignment: ReleaseAssignment): Promise<ReleaseManifest> {
  if (memory.root === undefined) throw new TrustError('SIGNATURE', 'There is no root to verify with.');
  const envelope = await session.withToken((token) => calls.release(assignment.releaseDigest, token));
  return verifyRelease(envelope, memory.root, {
    digest: assignment.releaseDigest,
    organizationId: assignment.organizationId,
    applicationId: assignment.applicationId,
    releaseCounter: assignment.releaseCounter,
    minimumReleaseCounter: memory.committedCounters.get(assignment.applicationId) ?? 0,
  });
}

/** Downloads every file of the release and the configuration, and checks every byte of them; a virtual device keeps none. */
export async function fetchContent(deps: IntakeDeps, assignment: ReleaseAssignment, manifest: ReleaseManifest): Promise<void> {
  const { calls, session, memory, identity } = deps;
  for (const file of manifest.files) checkFile(file, await session.withToken((token) => calls.blob(file.sha256, token)));
  checkFileSet(
    manifest,
    manifest.files.map((file) => file.path),
  );
  const digest = assignment.configurationDigest;
  if (digest === null) return;
  const { deviceId } = identity;
  const box = await session.withToken((token) => calls.configuration(digest, token));
  verifyConfiguration(open(memory.sealingKey.privateKey, box, configurationContext({ deviceId, digest })), { digest, deviceId });
}
