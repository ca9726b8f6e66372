import type { Application, Release, Snapshot } from '@sluice/contracts';
import { type ControlPlaneClient, lockedAt } from '@sluice/testkit';
import { bottlingFlows } from './flows.ts';

export const runtimeVersion = '5.0.1';
const dependencies = { 'node-red': runtimeVersion };

// Virtual devices install nothing, so that a lock which names the runtime alone is enough.
const lock = {
  lockfileVersion: 3,
  packages: { '': { dependencies }, 'node_modules/node-red': lockedAt('node-red', runtimeVersion) },
};

/** Captures flows as the next version of an application. */
export function captureFlows(client: ControlPlaneClient, application: Application, flows: unknown[], message: string): Promise<Snapshot> {
  return client.post<Snapshot>(`/applications/${application.id}/snapshots`, {
    flows,
    package: { name: 'bottling', version: '1.0.0', dependencies },
    lock,
    message,
  });
}

/** Captures some flows and publishes them under a name. */
export async function publishRelease(client: ControlPlaneClient, application: Application, name: string): Promise<Release> {
  const snapshot = await captureFlows(client, application, bottlingFlows(name), `Flows of ${name}`);
  return client.post<Release>(`/applications/${application.id}/releases`, { snapshotId: snapshot.id, name });
}
