import type { DeploymentCounts, DeploymentState, RolloutState, WaveState } from '@sluice/contracts';
import type { Segment } from '../../ui/stacked-bar.tsx';
import type { Appearance, Tone } from '../../ui/tone.ts';

/** How each state of a rollout looks. */
export const rolloutAppearances: Readonly<Record<RolloutState, Appearance>> = {
  draft: { label: 'Draft', tone: 'idle' },
  pending_approval: { label: 'Pending approval', tone: 'warn' },
  scheduled: { label: 'Scheduled', tone: 'idle' },
  running: { label: 'Running', tone: 'move' },
  paused: { label: 'Paused', tone: 'warn' },
  aborting: { label: 'Aborting', tone: 'warn' },
  succeeded: { label: 'Succeeded', tone: 'good' },
  completed_with_failures: { label: 'Completed with failures', tone: 'warn' },
  failed: { label: 'Failed', tone: 'bad' },
  aborted: { label: 'Aborted', tone: 'idle' },
  superseded: { label: 'Superseded', tone: 'idle' },
  rejected: { label: 'Rejected', tone: 'bad' },
};

const openRolloutStates: ReadonlySet<RolloutState> = new Set(['draft', 'pending_approval', 'scheduled', 'running', 'paused', 'aborting']);

/** Whether nothing about the rollout will change any more. */
export function isEndedRollout(state: RolloutState): boolean {
  return !openRolloutStates.has(state);
}

/** How each state of a wave looks. */
export const waveAppearances: Readonly<Record<WaveState, Appearance>> = {
  pending: { label: 'Waiting', tone: 'idle' },
  awaiting_gate: { label: 'At the gate', tone: 'warn' },
  running: { label: 'Running', tone: 'move' },
  soaking: { label: 'Soaking', tone: 'move' },
  analyzing: { label: 'Analyzing', tone: 'move' },
  succeeded: { label: 'Passed', tone: 'good' },
  failed: { label: 'Failed', tone: 'bad' },
  skipped: { label: 'Skipped', tone: 'idle' },
  aborted: { label: 'Aborted', tone: 'idle' },
};

/** What a deployment's state means for the rollout: five kinds, in the order in which bars show them. */
export type DeploymentKind = 'succeeded' | 'changing' | 'failed' | 'stopped' | 'waiting';

const kinds: Readonly<Record<DeploymentKind, Appearance>> = {
  succeeded: { label: 'Succeeded', tone: 'good' },
  changing: { label: 'In progress', tone: 'move' },
  failed: { label: 'Failed', tone: 'bad' },
  stopped: { label: 'Not changed', tone: 'idle' },
  waiting: { label: 'Waiting', tone: 'idle' },
};

type DeploymentAppearance = Appearance & { kind: DeploymentKind; cancellable: boolean };

const deployment = (label: string, kind: DeploymentKind, options: { cancellable?: boolean; tone?: Tone } = {}): DeploymentAppearance => ({
  label,
  kind,
  tone: options.tone ?? kinds[kind].tone,
  cancellable: options.cancellable ?? false,
});

/** How each state of a deployment looks, and whether an abort can still cancel it: `applying` is the point of no return. */
export const deploymentAppearances: Readonly<Record<DeploymentState, DeploymentAppearance>> = {
  scheduled: deployment('Scheduled', 'waiting', { cancellable: true }),
  queued: deployment('Queued', 'waiting', { cancellable: true }),
  offered: deployment('Offered', 'changing', { cancellable: true }),
  accepted: deployment('Accepted', 'changing', { cancellable: true }),
  downloading: deployment('Downloading', 'changing', { cancellable: true }),
  staged: deployment('Staged', 'changing', { cancellable: true }),
  awaiting_window: deployment('Awaiting window', 'changing', { cancellable: true }),
  awaiting_consent: deployment('Awaiting consent', 'changing', { cancellable: true }),
  applying: deployment('Applying', 'changing'),
  verifying: deployment('On probation', 'changing'),
  succeeded: deployment('Succeeded', 'succeeded'),
  failed: deployment('Failed', 'failed'),
  rolled_back: deployment('Rolled back', 'failed', { tone: 'warn' }),
  rollback_failed: deployment('Rollback failed', 'failed'),
  rejected: deployment('Rejected by the device', 'failed'),
  timed_out: deployment('Timed out', 'failed'),
  canceled: deployment('Canceled', 'stopped'),
  superseded: deployment('Superseded', 'stopped'),
  skipped: deployment('Skipped', 'stopped'),
  removed: deployment('Removed', 'stopped'),
};

function statesOf(counts: DeploymentCounts): [DeploymentState, number][] {
  return (Object.keys(deploymentAppearances) as DeploymentState[]).map((state) => [state, counts[state] ?? 0]);
}

/** How many deployments satisfy a condition on their state. */
export function countDeployments(counts: DeploymentCounts, matches: (state: DeploymentState) => boolean): number {
  return statesOf(counts).reduce((sum, [state, count]) => (matches(state) ? sum + count : sum), 0);
}

/** Deployments by what their state means, in the order of a bar. Kinds with none are left out. */
export function segmentsOf(counts: DeploymentCounts): Segment[] {
  return (Object.keys(kinds) as DeploymentKind[]).flatMap((kind) => {
    const count = countDeployments(counts, (state) => deploymentAppearances[state].kind === kind);
    return count === 0 ? [] : [{ key: kind, ...kinds[kind], count }];
  });
}

/** Deployments by state, those with none left out: the exact numbers behind a bar. */
export function exactCountsOf(counts: DeploymentCounts): { state: DeploymentState; appearance: Appearance; count: number }[] {
  return statesOf(counts).flatMap(([state, count]) => (count === 0 ? [] : [{ state, appearance: deploymentAppearances[state], count }]));
}
