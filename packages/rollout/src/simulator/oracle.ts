/**
 * A second, slower opinion for the invariants. It counts single devices and tries every way the open ones can end, and shares no code with
 * the engine: what both get wrong, only a reader can find.
 */
import type { Threshold, WavePolicy } from '@sluice/contracts';
import type { World } from './world.ts';

export interface Tally {
  readonly members: number;
  readonly eligible: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly open: number;
  readonly unoffered: number;
  /** Of the failed ones, how many ended in each way. */
  readonly failures: Readonly<Record<string, number>>;
}

const failedStates = ['failed', 'rolled_back', 'rollback_failed', 'rejected', 'timed_out'];
const neverEligible = ['removed', 'skipped'];
const closedOtherwise = ['canceled', 'superseded'];
export const terminalStates = ['succeeded', ...failedStates, ...neverEligible, ...closedOtherwise];
export const beforeTheChange = [
  'scheduled',
  'queued',
  'offered',
  'accepted',
  'downloading',
  'staged',
  'awaiting_window',
  'awaiting_consent',
];

/** The rules of a wave: the late one has those of the last wave of the policy. */
export function rulesOf({ scenario }: World, wave: number): WavePolicy | undefined {
  const { waves } = scenario.policy;
  return waves[Math.min(wave, waves.length - 1)];
}

const tallies = new WeakMap<World, { writes: number; readonly known: Map<string, Tally> }>();

/**
 * Recounts the devices of a wave (null: of the rollout). A succeeded device that is unhealthy counts as failed unless told otherwise.
 * One count serves all invariants until something is written.
 */
export function tally(world: World, wave: number | null, options: { ignoreHealth: boolean } = { ignoreHealth: false }): Tally {
  const { writes } = world.store;
  const before = tallies.get(world);
  const cache = before?.writes === writes ? before : { writes, known: new Map<string, Tally>() };
  if (cache !== before) tallies.set(world, cache);
  const key = `${wave} ${options.ignoreHealth}`;
  const numbers = cache.known.get(key) ?? count(world, wave, options);
  cache.known.set(key, numbers);
  return numbers;
}

function count(world: World, wave: number | null, options: { ignoreHealth: boolean }): Tally {
  const failures: Record<string, number> = Object.fromEntries(failedStates.map((state) => [state, 0]));
  let [members, eligible, succeeded, failed, open, unoffered] = [0, 0, 0, 0, 0, 0];
  for (const deployment of world.store.deployments.values()) {
    if (wave !== null && deployment.wave !== wave) continue;
    members += 1;
    if (neverEligible.includes(deployment.state)) continue;
    eligible += 1;
    const isIll = deployment.state === 'succeeded' && deployment.unhealthy && !options.ignoreHealth;
    if (failedStates.includes(deployment.state)) failures[deployment.state] = (failures[deployment.state] ?? 0) + 1;
    if (failedStates.includes(deployment.state) || isIll) failed += 1;
    else if (deployment.state === 'succeeded') succeeded += 1;
    else if (!closedOtherwise.includes(deployment.state)) open += 1;
    if (deployment.state === 'scheduled' || deployment.state === 'queued') unoffered += 1;
  }
  return { members, eligible, succeeded, failed, open, unoffered, failures };
}

/** Whether final numbers meet a threshold, as fractions: failed/eligible ≤ error/100 and succeeded/eligible ≥ success/100. */
function meets(succeeded: number, failed: number, eligible: number, threshold: Threshold): boolean {
  return 100 * failed <= threshold.errorPercent * eligible && 100 * succeeded >= threshold.successPercent * eligible;
}

/** Whether final numbers keep the limits of their types: failures/eligible ≤ limit/100, each for itself. */
function keepsLimits(failures: Readonly<Record<string, number>>, eligible: number, threshold: Threshold): boolean {
  return Object.entries(threshold.failureLimits ?? {}).every(([type, limit]) => 100 * (failures[type] ?? 0) <= limit * eligible);
}

/** `passed` or `breached` when the sample is large enough and every way in which the open devices can end says so; otherwise `open`. */
export function verdict(numbers: Tally, threshold: Threshold): 'passed' | 'breached' | 'open' {
  const { eligible, succeeded, failed, open, failures } = numbers;
  if (eligible === 0 || succeeded + failed < Math.min(threshold.minimumSample, eligible)) return 'open';
  const outcomes = new Set<boolean>();
  // Of all ways to fail, those are enough in which all of the devices that fail do so alike.
  for (const type of failedStates) {
    for (let good = 0; good <= open; good += 1) {
      const bad = open - good;
      const alike = { ...failures, [type]: (failures[type] ?? 0) + bad };
      outcomes.add(meets(succeeded + good, failed + bad, eligible, threshold) && keepsLimits(alike, eligible, threshold));
    }
  }
  if (outcomes.size === 2) return 'open';
  return outcomes.has(true) ? 'passed' : 'breached';
}

/** Virtual milliseconds for which the rollout was paused between two times; a pause lasts from decision to decision. */
export function pausedBetween(world: World, from: number, to: number): number {
  let total = 0;
  let pausedAt: number | null = null;
  for (const change of world.store.transitions) {
    if (change.subject !== 'rollout') continue;
    if (change.to === 'paused' && pausedAt === null) pausedAt = change.decidedAt;
    if (change.from === 'paused' && change.to !== 'paused' && pausedAt !== null) {
      total += overlap({ from: pausedAt, to: change.decidedAt }, from, to);
      pausedAt = null;
    }
  }
  return pausedAt === null ? total : total + overlap({ from: pausedAt, to }, from, to);
}

function overlap(span: { from: number; to: number }, from: number, to: number): number {
  return Math.max(0, Math.min(span.to, to) - Math.max(span.from, from));
}
