/** Why a single device does not move: what it waits for itself, then what holds its wave. */
import type { DeploymentState } from '@sluice/contracts';
import { blocker } from './blockers.ts';
import type { Blocker } from './decision.ts';
import { isTerminalDeploymentState, offeredDeploymentStates } from './deployment-states.ts';
import { explainEnded, explainWaiting } from './explain-deployment.ts';

/** The deployment of a device that matters now: the open one, else the newest. */
export interface DeploymentSituation {
  readonly state: DeploymentState;
  readonly wave: number;
  readonly attempt: number;
  /** The rollout by the name people know it by. */
  readonly rollout: string;
  readonly offeredAt: number | null;
  /** Its next attempt is not before. */
  readonly retryAt: number | null;
  readonly deadlineAt: number | null;
  readonly code: string | null;
  readonly message: string | null;
  /** The maintenance window by the clock of this device; null: the policy has none. */
  readonly window: { readonly zone: string; readonly open: boolean; readonly opensAt: number | null } | null;
  /** Disruption budgets over this device that have no room now, with some of the devices that use it. */
  readonly fullBudgets: readonly {
    readonly name: string;
    readonly limit: number;
    readonly unavailable: number;
    readonly users: readonly string[];
  }[];
  /** Rollouts of higher priority that have this device. */
  readonly higherPriority: readonly string[];
}

/** What is known of a device. Times are epoch milliseconds of the server. */
export interface DeviceSituation {
  readonly now: number;
  readonly approval: 'pending' | 'approved' | 'revoked' | 'quarantined';
  /** It knows more than the server: the server was restored from a backup. */
  readonly ahead: { readonly since: number; readonly deviceRevision: number; readonly knownRevision: number } | null;
  readonly isOnline: boolean;
  readonly lastSeenAt: number | null;
  readonly reportedAt: number | null;
  readonly desiredRevision: number;
  readonly desiredSince: number | null;
  /** The revision that the agent says it carried out last. */
  readonly reconciledRevision: number;
  /** What it refused of the present desired state. */
  readonly refusal: { readonly code: string; readonly detail: string; readonly at: number } | null;
  readonly deployment: DeploymentSituation | null;
}

/** An agent gets so long to carry out a revision before its silence about it is worth a word. */
const reconcileGraceMs = 120_000;
/** In these states the agent itself says how far it is. */
const working: ReadonlySet<DeploymentState> = new Set(offeredDeploymentStates.filter((state) => state !== 'offered'));

const at = (time: number): string => new Date(time).toISOString();

/** What holds a device, the nearest cause first. `ofWave`: what holds its wave. */
export function explainDevice(device: DeviceSituation, ofWave: readonly Blocker[]): readonly Blocker[] {
  const notAdmitted = explainApproval(device);
  if (notAdmitted !== null) return [notAdmitted];
  if (device.ahead !== null) return [explainAhead(device.ahead)];
  const { deployment } = device;
  const own = explainAgent(device);
  if (deployment === null) return [...own, neverChosen];
  if (isTerminalDeploymentState(deployment.state)) return [...own, ...explainEnded(deployment)];
  const wasTold = deployment.state === 'offered' || working.has(deployment.state);
  // What waits for its window was told by the pause to wait on.
  const paused = deployment.state === 'awaiting_window' ? ofWave.filter(({ code }) => code.startsWith('paused_')) : [];
  if (paused.length > 0) return [...own, ...paused];
  if (!wasTold) return [...explainWaiting(deployment, device.now, ofWave), ...own];
  return own.length > 0 && deployment.state === 'offered' ? own : [...own, explainTold(deployment)];
}

const neverChosen = blocker(
  'no_rollout',
  'No rollout has chosen this device yet.',
  'Put it into the group of a stage and start a rollout there.',
);

function explainApproval({ approval }: DeviceSituation): Blocker | null {
  switch (approval) {
    case 'approved':
      return null;
    case 'pending':
      return blocker('device_pending_approval', 'The device has enrolled and waits to be admitted.', 'Somebody approves the device.');
    case 'quarantined':
      return blocker(
        'device_quarantined',
        'The device is quarantined: two machines seem to share its identity.',
        'Find the copy and switch it off, then approve the device again or enroll it anew.',
      );
    case 'revoked':
      return blocker('device_revoked', 'The identity of the device is revoked: it is given nothing more.', 'Enroll the device anew.');
  }
}

function explainAhead(ahead: NonNullable<DeviceSituation['ahead']>): Blocker {
  return blocker(
    'server_restored',
    `The device knows more than the control plane, which seems to have been restored from a backup (noticed at ${at(ahead.since)}). It is told nothing until somebody decides.`,
    'Adopt what the device runs, or reassert what the control plane wants.',
    { numbers: { deviceRevision: ahead.deviceRevision, knownRevision: ahead.knownRevision } },
  );
}

/** What is wrong with the agent itself: nobody hears it, it refuses, or it hears and does nothing. */
function explainAgent(device: DeviceSituation): Blocker[] {
  const found: Blocker[] = [];
  const { refusal, desiredRevision, reconciledRevision } = device;
  if (refusal !== null) {
    const words = `The device refused what it was told at ${at(refusal.at)} (${refusal.code}): ${refusal.detail}`;
    found.push(
      blocker('device_refuses', words, refusalRemedies[refusal.code] ?? refusalRemedy, { numbers: { revision: desiredRevision } }),
    );
  }
  const owes = desiredRevision > reconciledRevision || (device.deployment !== null && !isTerminalDeploymentState(device.deployment.state));
  if (!device.isOnline && owes) found.push(explainOffline(device));
  const isSilent = device.desiredSince !== null && device.now - device.desiredSince > reconcileGraceMs;
  const isWorking = device.deployment !== null && working.has(device.deployment.state);
  if (device.isOnline && isSilent && !isWorking && refusal === null && desiredRevision > reconciledRevision) {
    found.push(explainIdle(device));
  }
  return found;
}

function explainOffline({ lastSeenAt, deployment }: DeviceSituation): Blocker {
  const seen = lastSeenAt === null ? 'The device has never been in touch' : `The device is offline, last seen at ${at(lastSeenAt)}`;
  const open = deployment !== null && !isTerminalDeploymentState(deployment.state) ? deployment.deadlineAt : null;
  const deadline = open === null ? '.' : `; its deployment times out at ${at(open)}.`;
  return blocker('device_offline', `${seen}${deadline}`, 'Bring the device back on line: check its power, its network and the agent.', {
    until: open,
  });
}

function explainIdle(device: DeviceSituation): Blocker {
  const reported = device.reportedAt === null ? 'has never reported' : `last reported at ${at(device.reportedAt)}`;
  return blocker(
    'device_not_reconciling',
    `The agent is in touch, but does not carry out what it is told: it ${reported} and stands at revision ${device.reconciledRevision}, not ${device.desiredRevision}.`,
    "Read the agent's log on the device and restart the agent.",
    { numbers: { reconciledRevision: device.reconciledRevision, desiredRevision: device.desiredRevision } },
  );
}

const refusalRemedy = "Read the agent's log on the device, then deploy again.";
const refusalRemedies: Readonly<Record<string, string>> = {
  SIGNATURE: 'Check the signing keys of the organization, then deploy again.',
  ROLLBACK_DETECTED: 'Publish the release again, with a higher counter, and deploy that.',
  FREEZE_SUSPECTED: "Check the clocks of the device and of the control plane: what it was told had expired by the device's time.",
  EXPIRED: "Check the clocks of the device and of the control plane: what it was told had expired by the device's time.",
  WRONG_DEVICE: 'Check that no two machines share the identity of this device.',
};

const toldWords: Partial<Record<DeploymentState, string>> = {
  offered: 'was told of the release and has not answered yet',
  accepted: 'has accepted the release',
  downloading: 'downloads the release',
  staged: 'has the release ready',
  awaiting_window: 'has the release ready and waits for its maintenance window',
  awaiting_consent: 'has the release ready and waits for consent on site',
  applying: 'switches to the release',
  verifying: 'runs the release and checks it',
};

const toldRemedies: Partial<Record<DeploymentState, string>> = {
  offered: 'The device answers within its poll interval.',
  awaiting_window: 'The maintenance window of the device opens.',
  awaiting_consent: 'Somebody on site consents.',
};

function explainTold(deployment: DeploymentSituation): Blocker {
  const { state, attempt, deadlineAt, window } = deployment;
  const again = attempt > 1 ? ` (attempt ${attempt})` : '';
  const deadline = deadlineAt === null ? '' : `, until ${at(deadlineAt)} at the latest`;
  const opensAt = state === 'awaiting_window' && window !== null && !window.open ? window.opensAt : null;
  const opens = opensAt === null || window === null ? '' : ` (${window.zone}), which opens at ${at(opensAt)}`;
  return blocker(
    opensAt === null ? 'device_changing' : 'outside_window',
    `The device ${toldWords[state] ?? 'is at work'}${opens}${again}${deadline}.`,
    toldRemedies[state] ?? 'The device reports how it ended, or its deadline passes.',
    { wave: deployment.wave, until: opensAt ?? deadlineAt, numbers: { attempt } },
  );
}
