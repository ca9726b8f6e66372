import type { Assignment, DeploymentReport, FailureDetail, InstalledRelease, ReportableDeploymentState } from '@sluice/contracts';
import { TrustError } from '@sluice/trust';
import type { Behaviour } from './behaviour.ts';
import { fetchContent, fetchManifest, type ReleaseAssignment } from './content.ts';
import type { IntakeDeps } from './intake.ts';

/** What a report says besides whose it is. */
export type Progress = Pick<DeploymentReport, 'state'> & Partial<Pick<DeploymentReport, 'code' | 'message' | 'failureDetail' | 'method'>>;

export type UpdateDeps = IntakeDeps & {
  behaviour: Behaviour;
  /** Puts a report about the assignment's deployment into the spool. */
  report: (progress: Progress) => void;
  /** Tries a call through outages until it is answered. @throws TrustError, DeviceHttpError that no retry can help */
  patiently: <T>(call: () => Promise<T>) => Promise<T>;
  /** Lets the time pass that a step takes. */
  pace: () => Promise<void>;
  /** Whether something newer is assigned: before the switch an update is called off for it. */
  isSuperseded: () => boolean;
};

const harmless: FailureDetail = 'no_state_change';

function isSame(running: InstalledRelease | null, assignment: Assignment): boolean {
  return running?.releaseDigest === assignment.releaseDigest && running.configurationDigest === assignment.configurationDigest;
}

function hasRelease(assignment: Assignment): assignment is ReleaseAssignment {
  return assignment.releaseDigest !== null && assignment.applicationId !== null;
}

/**
 * Carries out one assignment: reports, downloads, verifies, and ends as the behaviour says.
 * @returns false when the device fell silent in the middle
 */
export async function carryOut(deps: UpdateDeps, assignment: Assignment): Promise<boolean> {
  const { memory, report } = deps;
  if (!hasRelease(assignment)) {
    memory.running = null;
    report({ state: 'succeeded' });
    return true;
  }
  if (isSame(memory.running, assignment)) {
    report({ state: 'succeeded' });
    return true;
  }
  try {
    return await install(deps, assignment);
  } catch (error) {
    if (!(error instanceof TrustError)) throw error;
    report({ state: 'rejected', code: error.code, message: error.message, failureDetail: harmless });
    return true;
  }
}

async function install(deps: UpdateDeps, assignment: ReleaseAssignment): Promise<boolean> {
  const { behaviour, report, patiently, pace } = deps;
  /** Reports a state, unless the device is silent by now; false ends the update. */
  const reach = async (state: ReportableDeploymentState): Promise<boolean> => {
    if (behaviour.kind === 'silent' && behaviour.after === undefined) return false;
    report({ state });
    await pace();
    return behaviour.kind !== 'silent' || behaviour.after !== state;
  };
  if (!(await reach('accepted'))) return false;
  const manifest = await patiently(() => fetchManifest(deps, assignment));
  if (!(await reach('downloading'))) return false;
  await patiently(() => fetchContent(deps, assignment, manifest));
  if (!(await reach('staged'))) return false;
  if (behaviour.kind === 'fail') {
    report({ state: 'failed', code: behaviour.code, message: behaviour.message, failureDetail: harmless });
    return true;
  }
  if (deps.isSuperseded()) {
    report({ state: 'failed', code: 'SUPERSEDED', message: 'Something else was assigned before the switch.', failureDetail: harmless });
    return true;
  }
  if (!(await reach('applying')) || !(await reach('verifying'))) return false;
  finish(deps, assignment);
  return true;
}

function finish({ memory, behaviour, report }: UpdateDeps, assignment: ReleaseAssignment): void {
  const method = memory.running === null ? 'first_start' : 'restart';
  if (behaviour.kind === 'roll_back') {
    report({ state: 'rolled_back', code: behaviour.code, message: behaviour.message, failureDetail: 'rolled_back', method });
    return;
  }
  const { releaseDigest, releaseCounter, configurationDigest, applicationId } = assignment;
  memory.previous = memory.running;
  memory.running = { releaseDigest, releaseCounter, configurationDigest };
  memory.committedCounters.set(applicationId, Math.max(releaseCounter, memory.committedCounters.get(applicationId) ?? 0));
  report({ state: 'succeeded', method });
}
