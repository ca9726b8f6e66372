import type {
  DeviceIntegrations,
  FleetIntegrationQuery,
  IntegrationQuery,
  SnapshotDiffReport,
  VariableDeclaration,
} from '@sluice/contracts';

/** A snapshot as it is stored: what the worker reads it from. */
export type StoredSnapshot = {
  id: string;
  flows: Uint8Array;
  packageJson: Record<string, unknown>;
  lock: Uint8Array | null;
  settings: Record<string, unknown>;
  variables: VariableDeclaration[];
  runtimeVersion: string;
};

/** Values of variables for one target. Secrets are not among them. */
export type Values = Readonly<Record<string, string>>;

type Named = { id: string; name: string };

/** Devices that run one release with the same values; each device by its place in the list of all. */
export type Combination = { values: Values; devices: number[] };
/** A release that runs somewhere. `devices`: places of all that run it, in order. */
export type RunningRelease = { application: Named; release: Named; snapshotId: string; devices: number[]; combinations: Combination[] };
/** Devices in the order of their names, and what runs on them. */
export type Fleet = { devices: Named[]; releases: RunningRelease[] };

/** What can be asked about flows. `head`: members of the answer that are known already. */
export type FlowTask =
  | { kind: 'diff'; from: string | null; to: string; values: Values; head: Omit<SnapshotDiffReport, 'diff'> }
  | { kind: 'map'; snapshotId: string; values: Values; query: IntegrationQuery; head: Partial<Pick<DeviceIntegrations, 'release'>> }
  | { kind: 'fleet'; fleet: Fleet; query: FleetIntegrationQuery }
  | { kind: 'talkers'; fleet: Fleet; query: FleetIntegrationQuery }
  | { kind: 'variables'; snapshotIds: string[] }
  | { kind: 'proposals'; snapshotId: string }
  | { kind: 'extraction'; snapshotId: string; accepted: { proposal: string; name: string }[] };

/** The snapshots that a task reads. */
export function snapshotsOf(task: FlowTask): string[] {
  switch (task.kind) {
    case 'diff':
      return task.from === null ? [task.to] : [task.from, task.to];
    case 'map':
    case 'proposals':
    case 'extraction':
      return [task.snapshotId];
    case 'fleet':
    case 'talkers':
      return [...new Set(task.fleet.releases.map(({ snapshotId }) => snapshotId))];
    case 'variables':
      return task.snapshotIds;
  }
}

/** Why a request cannot be done, with the place in it. */
export type Refusal = { code: 'VALIDATION_FAILED' | 'CURSOR_INVALID' | 'STATE_CONFLICT'; detail: string; pointer: string | null };

/** To the worker: a task, with the snapshots that it lacked when it was asked before. */
export type WorkerRequest = { task: FlowTask; snapshots: StoredSnapshot[] };
/** From the worker. `answer`: JSON as UTF-8. */
export type WorkerReply =
  | { kind: 'answer'; answer: Uint8Array }
  | { kind: 'missing'; snapshotIds: string[] }
  | { kind: 'refused'; refusal: Refusal }
  | { kind: 'failed'; message: string };
