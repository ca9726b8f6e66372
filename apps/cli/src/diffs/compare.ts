import type { Snapshot, SnapshotDifference, SnapshotDiffReport } from '@sluice/contracts';
import { usageError } from '../errors.ts';
import type { Session } from '../frame/session.ts';
import type { Ports } from '../ports.ts';
import { resolveApplication } from '../resolve/applications.ts';
import { resolveSnapshot } from '../resolve/snapshots.ts';
import { resolveStage } from '../resolve/stages.ts';
import { comparable, isPath, localSide, type Side, storedSide } from './sides.ts';

/** What is to be compared. `after` undefined: `before` with what it was made from. */
export type ComparisonInput = { before: string; after: string | undefined; app: string | undefined; stage: string | undefined };

export type NamedDifference = { before: string; after: string; missingVariables: string[]; diff: SnapshotDifference };

/** Two snapshots are compared by the control plane, which knows their locks and the values of stages. */
async function compareStored(
  session: Session,
  from: Snapshot | undefined,
  to: Snapshot,
  stage: string | undefined,
): Promise<NamedDifference> {
  const application = await resolveApplication(session, to.applicationId);
  const stageId = stage === undefined ? undefined : (await resolveStage(session, stage, application)).id;
  const report = await session.get<SnapshotDiffReport>(`/snapshots/${to.id}/diff`, { from: from?.id, stageId });
  const name = (side: SnapshotDiffReport['to']): string => `${side.applicationName}/v${side.number}`;
  const { missingVariables, diff } = report;
  return { before: report.from === null ? 'nothing' : name(report.from), after: name(report.to), missingVariables, diff };
}

/** Files are compared here: nothing of them is sent. */
async function compareLocally(before: Side, after: Side): Promise<NamedDifference> {
  // Loaded here: no other verb needs the engine behind it, and each shall start at once.
  const { diffSnapshots } = await import('@sluice/snapshot');
  const parts = comparable(before, after);
  return { before: before.name, after: after.name, missingVariables: [], diff: diffSnapshots(parts.before, parts.after) };
}

/** Compares snapshots, or files with a snapshot or with files. @throws CliError as resolving and reading; USAGE */
export async function compare(ports: Pick<Ports, 'files' | 'stdin'>, session: Session, input: ComparisonInput): Promise<NamedDifference> {
  const { before, after, app, stage } = input;
  if (after === undefined && isPath(before)) {
    throw usageError(
      `Name what to compare ${before} with.`,
      `Compare it with a snapshot: sluice snapshot diff latest ${before} --app <app>`,
    );
  }
  const resolve = (reference: string): Promise<Snapshot> => resolveSnapshot(session, reference, app);
  if (after === undefined) return compareStored(session, undefined, await resolve(before), stage);
  if (!isPath(before) && !isPath(after)) return compareStored(session, await resolve(before), await resolve(after), stage);
  if (stage !== undefined) throw usageError('--stage is for two snapshots: files are compared without the control plane.');
  const read = async (reference: string): Promise<Side> =>
    isPath(reference) ? localSide(ports, reference) : storedSide(session, await resolve(reference));
  return compareLocally(await read(before), await read(after));
}
