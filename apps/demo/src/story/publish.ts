import type { Release, Snapshot } from '@sluice/contracts';
import { bottlingFlows, bottlingPackage, type StoryVersion } from '../releases/bottling-flows.ts';
import type { StoryContext } from './context.ts';

const messages: Record<StoryVersion, string> = {
  1: 'Read the PLC, publish to the Unified Namespace',
  2: 'Add OEE, post the counts of each order to the ERP',
  3: 'Read the PLC through its gateway port, set per stage',
};

/**
 * Health of the story's releases: short windows so that the story stays short. A connection may take four seconds to come up;
 * then every connection must be up for three seconds without a break.
 */
const healthPolicy = {
  startTimeoutMs: 60_000,
  windowMs: 3_000,
  decideWithinMs: 90_000,
  connections: 'all',
  connectionGraceMs: 5_000,
  maximumUncaughtErrors: 0,
  maximumEventLoopLagMs: 10_000,
};

/** Captures the flows of one version as a snapshot and publishes it as a release named after the snapshot's number. */
export async function publish(context: StoryContext, version: StoryVersion): Promise<Release> {
  const { client, organization, narrator } = context;
  const base = `${organization.base}/applications/${organization.application.id}`;
  const flows = bottlingFlows(version);
  const snapshot = await client.post<Snapshot>(`${base}/snapshots`, { flows, package: bottlingPackage, message: messages[version] });
  const release = await client.post<Release>(`${base}/releases`, { snapshotId: snapshot.id, name: `v${snapshot.number}`, healthPolicy });
  narrator.say(
    `${release.name} is published and signed: ${messages[version]} (${flows.length} nodes, release counter ${release.counter}, digest ${release.digest.slice(0, 12)}…).`,
  );
  return release;
}
