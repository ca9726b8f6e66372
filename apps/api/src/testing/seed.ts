import type { Application, DeviceApproval, Group, Pipeline, Release, RolloutPolicy, Snapshot } from '@sluice/contracts';
import type { Store } from '@sluice/store';
import type { Caller } from './start-api.ts';

export const flows = [
  { id: 't1', type: 'tab', label: 'Line' },
  { id: 'n1', type: 'inject', z: 't1', wires: [['n2']] },
  { id: 'n2', type: 'function', z: 't1', func: 'return env.get("PLC_HOST");', wires: [] },
];

export const policy: RolloutPolicy = {
  waves: [{ size: { kind: 'rest' }, threshold: { successPercent: 100, errorPercent: 0, minimumSample: 1 }, soakMs: 0 }],
  order: 'name',
  deploymentDeadlineMs: 60_000,
  onBreach: 'pause',
};

/** A device as it is after enrolling; its keys sign nothing. */
export function seedDevice(store: Store, organizationId: string, device: { name: string; approval?: DeviceApproval }): Promise<string> {
  return store.transaction(async (tx) => {
    const id = tx.uuid();
    const inventory = {
      agentVersion: '0.1.0',
      nodeVersion: '24.0.0',
      operatingSystem: 'linux',
      architecture: 'x64',
      hostname: device.name,
    };
    await tx.execute(
      `INSERT INTO device (id, organization_id, name, hardware_id, public_key, sealing_key, approval, inventory, created_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      [
        id,
        organizationId,
        device.name,
        device.name,
        `key-${id}`,
        `sealing-${id}`,
        device.approval ?? 'approved',
        JSON.stringify(inventory),
        tx.now,
      ],
    );
    return id;
  });
}

/** An application with a published release, and a pipeline of one stage whose group holds the given devices. */
export type Promotable = {
  application: Application;
  snapshot: Snapshot;
  release: Release;
  group: Group;
  pipeline: Pipeline;
  stageId: string;
};

export async function seedPromotable(caller: Caller, options: { name: string; deviceIds: string[] }): Promise<Promotable> {
  const application = await caller.post<Application>('/applications', { name: options.name });
  const base = `/applications/${application.id}`;
  const snapshot = await caller.post<Snapshot>(`${base}/snapshots`, { flows });
  const release = await caller.post<Release>(`${base}/releases`, { snapshotId: snapshot.id });
  const group = await caller.post<Group>('/groups', { name: `${options.name} devices`, deviceIds: options.deviceIds });
  const stages = [{ name: 'prod', groupIds: [group.id], policy }];
  const pipeline = await caller.post<Pipeline>(`${base}/pipelines`, { name: 'main', stages });
  return { application, snapshot, release, group, pipeline, stageId: pipeline.stages[0]?.id ?? '' };
}
