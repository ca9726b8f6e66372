import type { RolloutDetail, Wave, WavePolicy } from '@sluice/contracts';
import { formatCountOf, formatPercent } from '../../format/count.ts';
import { countDeployments, deploymentAppearances, isEndedRollout, rolloutAppearances } from './states.ts';

type Progress = Pick<RolloutDetail, 'state' | 'waves' | 'reason'>;

const openWaveStates: ReadonlySet<Wave['state']> = new Set(['pending', 'awaiting_gate', 'running', 'soaking', 'analyzing']);

/** The wave at which a rollout is now: the first that has not ended. Null once the rollout has ended. */
export function currentWave({ state, waves }: Progress): Wave | null {
  if (isEndedRollout(state)) return null;
  return waves.find((wave) => openWaveStates.has(wave.state)) ?? null;
}

/** How long a wave still has to stay healthy, in milliseconds; null while its soak time does not run. */
export function soakLeftMs(wave: Wave, policy: WavePolicy | undefined, nowMs: number): number | null {
  if (wave.state !== 'soaking' || wave.soakStartedAt === null || policy === undefined) return null;
  return Math.max(0, Date.parse(wave.soakStartedAt) + policy.soakMs - nowMs);
}

/** Where a rollout is, in one sentence that changes only when the place does. */
export function placeSentence(rollout: Progress): string {
  const { state, reason, waves } = rollout;
  const label = rolloutAppearances[state].label;
  if (isEndedRollout(state)) return reason === null ? `${label}.` : `${label}: ${reason}`;
  const wave = currentWave(rollout);
  if (wave === null || state === 'aborting') return `${label}.`;
  const name = `wave ${wave.index + 1} of ${waves.length}`;
  if (state !== 'running') return `${label} at ${name}.`;
  if (wave.state === 'soaking') return `Running: ${name} met its threshold and must stay healthy for its soak time.`;
  if (wave.state === 'pending') return `Running: ${name} is next.`;
  return `Running: ${name}, ${wave.counts.succeeded ?? 0} of ${formatCountOf(wave.size, 'device')} succeeded.`;
}

/** How the devices of a wave stand against its threshold. Devices that do not need the release do not count. */
export function gateNumbers({ counts, size }: Pick<Wave, 'counts' | 'size'>): { eligible: number; succeeded: number; failed: number } {
  const notEligible = (counts.skipped ?? 0) + (counts.removed ?? 0);
  const failed = countDeployments(counts, (state) => deploymentAppearances[state].kind === 'failed');
  return { eligible: size - notEligible, succeeded: counts.succeeded ?? 0, failed };
}

/** Success and failure of a wave as the gate compares them: `2 of 3 (66.7 %)`. */
export function shareOf(part: number, whole: number): string {
  return whole === 0 ? '–' : `${part} of ${whole} (${formatPercent(part, whole)})`;
}

export type GateState = 'open' | 'holding' | 'shut' | 'closed';

/** The gate behind a wave: open once it passed, shut when it failed, holding while it is decided. */
export function gateStateOf(state: Wave['state']): GateState {
  switch (state) {
    case 'succeeded':
    case 'skipped':
      return 'open';
    case 'failed':
      return 'shut';
    case 'running':
    case 'soaking':
    case 'analyzing':
    case 'awaiting_gate':
      return 'holding';
    case 'pending':
    case 'aborted':
      return 'closed';
  }
}
