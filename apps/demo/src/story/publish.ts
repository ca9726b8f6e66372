import type { Release, Snapshot, VariableDeclaration } from '@sluice/contracts';
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

const variableNames = ['PLC_HOST', 'PLC_PORT', 'BROKER_HOST', 'BROKER_PORT', 'UNS_ROOT', 'ERP_ORDERS_URL'] as const;

/**
 * What the flows need from outside. The ERP is known from the first release on, so that the second changes nothing but flows
 * and can be switched without a restart of Node-RED; the third needs one variable more.
 */
function variables(version: StoryVersion): VariableDeclaration[] {
  const names = version === 3 ? [...variableNames, 'PLC_GATEWAY_PORT'] : variableNames;
  return names.map((name) => ({ name, required: true, secret: false }));
}

/** Captures the flows of one version as a snapshot and publishes it as a release named after the snapshot's number. */
export async function publish(context: StoryContext, version: StoryVersion): Promise<Release> {
  const { client, organization, narrator } = context;
  const base = `${organization.base}/applications/${organization.application.id}`;
  const flows = bottlingFlows(version);
  const snapshot = await client.post<Snapshot>(`${base}/snapshots`, {
    flows,
    package: bottlingPackage,
    variables: variables(version),
    message: messages[version],
  });
  const release = await client.post<Release>(`${base}/releases`, { snapshotId: snapshot.id, name: `v${snapshot.number}`, healthPolicy });
  narrator.say(
    `${release.name} is published and signed: ${messages[version]} (${flows.length} nodes, release counter ${release.counter}, digest ${release.digest.slice(0, 12)}…).`,
  );
  return release;
}
