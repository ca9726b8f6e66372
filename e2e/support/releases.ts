import type { Application, Release, Snapshot } from '@sluice/contracts';
import { type ControlPlaneClient, lockedAt } from '@sluice/testkit';

export const runtimeVersion = '5.0.1';
const dependencies = { 'node-red': runtimeVersion };

// Virtual devices install nothing, so that a lock which names the runtime alone is enough.
const lock = {
  lockfileVersion: 3,
  packages: { '': { dependencies }, 'node_modules/node-red': lockedAt('node-red', runtimeVersion) },
};

/** Captures some flows and publishes them under a name. */
export async function publishRelease(client: ControlPlaneClient, application: Application, name: string): Promise<Release> {
  const base = `/applications/${application.id}`;
  const snapshot = await client.post<Snapshot>(`${base}/snapshots`, {
    flows: [{ id: name.padStart(16, '0'), type: 'tab', label: `Bottling ${name}` }],
    package: { name: 'bottling', version: '1.0.0', dependencies },
    lock,
    message: `Flows of ${name}`,
  });
  return client.post<Release>(`${base}/releases`, { snapshotId: snapshot.id, name });
}
