import type { Snapshot, SnapshotContent } from '@sluice/contracts';
import { type JsonObject, parseFlows, parsePackage, type SnapshotParts, variablesUsed } from '@sluice/snapshot';
import type { Session } from '../frame/session.ts';
import type { Ports } from '../ports.ts';
import { locally, readProject } from '../projects/read-project.ts';
import { resolveApplication } from '../resolve/applications.ts';

/** One side of a comparison. `runtimeVersion` is null where files do not say which Node-RED they are for. */
export type Side = { name: string; parts: Omit<SnapshotParts, 'runtime'>; runtimeVersion: string | null };

/** True for what is a path and not a reference: it begins with `.` or `/`, or is `-`. */
export function isPath(reference: string): boolean {
  return reference === '-' || /^\.{0,2}\//.test(reference) || reference === '.' || reference === '..';
}

/** Files that are no snapshot yet. @throws CliError as readProject, and the codes of the snapshot package */
export async function localSide(ports: Pick<Ports, 'files' | 'stdin'>, path: string): Promise<Side> {
  const project = await readProject(ports, path);
  const { flows, modules } = locally(path, () => parseFlows(project.flows));
  const text = project.package ?? JSON.stringify({ dependencies: modules ?? {} });
  const { 'node-red': runtime, ...dependencies } = locally(path, () => parsePackage(text)).dependencies;
  const variables = project.variables ?? variablesUsed(flows).map((name) => ({ name, required: true, secret: false }));
  const settings = project.settings ?? {};
  return { name: path, parts: { flows, dependencies, variables, settings }, runtimeVersion: runtime ?? null };
}

/** A snapshot of the control plane, to be compared with files. */
export async function storedSide(session: Session, snapshot: Snapshot): Promise<Side> {
  const content = await session.get<SnapshotContent>(`/snapshots/${snapshot.id}`);
  const application = await resolveApplication(session, snapshot.applicationId);
  const name = `${application.name}/v${content.number}`;
  const { flows } = locally(name, () => parseFlows(JSON.stringify(content.flows)));
  const { modules, variables, runtimeVersion } = content;
  const settings = content.settings as JsonObject;
  return { name, parts: { flows, dependencies: modules, variables, settings }, runtimeVersion };
}

/** Both sides as they are compared: the runtime only where both say which. */
export function comparable(before: Side, after: Side): { before: SnapshotParts; after: SnapshotParts } {
  const isKnown = before.runtimeVersion !== null && after.runtimeVersion !== null;
  const parts = (side: Side): SnapshotParts => ({
    ...side.parts,
    ...(isKnown ? { runtime: { nodeRed: side.runtimeVersion, node: null } } : {}),
  });
  return { before: parts(before), after: parts(after) };
}
