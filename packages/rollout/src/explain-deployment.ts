/** What a deployment that is not at its device waits for, and how one that is over ended. */
import type { DeploymentState } from '@sluice/contracts';
import { blocker } from './blockers.ts';
import type { Blocker } from './decision.ts';
import type { DeploymentSituation } from './explain-device.ts';
import { devices } from './sentences.ts';

const at = (time: number): string => new Date(time).toISOString();

/** These speak of many devices of the wave; of this one its own facts speak better. */
const perDevice: ReadonlySet<string> = new Set([
  'outside_window',
  'budget_exhausted',
  'higher_priority_rollout',
  'waiting_for_retry',
  'waiting_for_devices',
  'server_restored',
]);

/** What a deployment waits for that is scheduled or queued: its own gates first, then those of its wave. */
export function explainWaiting(deployment: DeploymentSituation, now: number, ofWave: readonly Blocker[]): Blocker[] {
  const own = deployment.state === 'queued' ? explainQueued(deployment, now) : explainScheduled(deployment);
  const shared = ofWave.filter((each) => !perDevice.has(each.code) || isAnotherWave(each, deployment.wave));
  if (own.length + shared.length > 0) return [...shared, ...own];
  return [
    blocker(
      'device_not_started',
      'The device is about to be told of the release.',
      'The next step of the rollout offers it.',
      deployment.wave,
    ),
  ];
}

/** A wave that has not started waits for whatever holds the one before it. */
function isAnotherWave({ wave }: Blocker, own: number): boolean {
  return wave !== null && wave !== own;
}

function explainScheduled({ higherPriority, wave }: DeploymentSituation): Blocker[] {
  return higherPriority.map((name) =>
    blocker(
      'higher_priority_rollout',
      `The rollout ${name} has priority over this device.`,
      'The device is done with that rollout, or this one gets a higher priority.',
      wave,
    ),
  );
}

function explainQueued(deployment: DeploymentSituation, now: number): Blocker[] {
  const { wave, retryAt, window, fullBudgets, attempt } = deployment;
  const found: Blocker[] = [];
  if (retryAt !== null && retryAt > now) {
    const sentence = `Attempt ${attempt} failed${because(deployment)}; the next is not before ${at(retryAt)}.`;
    found.push(
      blocker('waiting_for_retry', sentence, 'The wait before the next attempt passes.', { wave, until: retryAt, numbers: { attempt } }),
    );
  }
  if (window !== null && !window.open) found.push(explainWindow(window, wave));
  for (const { name, limit, unavailable, users } of fullBudgets) {
    const by = users.length === 0 ? '' : `: ${users.join(', ')}${unavailable > users.length ? ' and others' : ''}`;
    found.push(
      blocker(
        'budget_exhausted',
        `The disruption budget ${name} has no room: ${devices(limit)} may be unavailable, and ${unavailable} ${unavailable === 1 ? 'is' : 'are'}${by}.`,
        'Those devices finish and are healthy again, or the budget is raised.',
        { wave, numbers: { limit, unavailable } },
      ),
    );
  }
  return found;
}

function explainWindow({ zone, opensAt }: NonNullable<DeploymentSituation['window']>, wave: number): Blocker {
  if (opensAt === null) {
    const sentence = `The maintenance window of the device (${zone}) never opens again.`;
    return blocker('outside_window', sentence, 'The window of the policy is changed.', wave);
  }
  const sentence = `The device waits for its maintenance window (${zone}), which lets offers through from ${at(opensAt)} on.`;
  return blocker('outside_window', sentence, 'The window opens.', { wave, until: opensAt });
}

function because({ code, message }: DeploymentSituation): string {
  if (code === null && message === null) return '';
  return ` (${[code, message?.replace(/\.$/, '')].filter((part) => part != null).join(': ')})`;
}

const endedWords: Partial<Record<DeploymentState, string>> = {
  failed: 'failed before anything changed',
  rolled_back: 'failed, and the device went back to what it ran before',
  rollback_failed: 'failed, and the device could not go back',
  rejected: 'was refused by the device',
  timed_out: 'did not finish in time',
};

const remedies: Partial<Record<DeploymentState, string>> = {
  rollback_failed: 'Somebody looks at the device: what it runs is not known to be good.',
  timed_out: 'Bring the device back on line, then deploy again.',
};

/** How the last deployment of a device ended, if anything is left to be done. */
export function explainEnded(deployment: DeploymentSituation): Blocker[] {
  const { state, wave, rollout, code } = deployment;
  if (state === 'succeeded') return [];
  const words = endedWords[state];
  if (words === undefined) {
    const sentence = `The deployment of the rollout ${rollout} ended as ${state.replaceAll('_', ' ')}, and no rollout wants anything of the device now.`;
    return [blocker('no_rollout', sentence, 'Start a rollout that has this device.', wave)];
  }
  const remedy = code === 'VARIABLE_MISSING' ? 'Set the variables, then deploy again.' : remedies[state];
  const sentence = `The deployment of the rollout ${rollout} ${words}${because(deployment)}.`;
  return [blocker('last_deployment_failed', sentence, remedy ?? 'Correct the cause, then deploy again.', wave)];
}
