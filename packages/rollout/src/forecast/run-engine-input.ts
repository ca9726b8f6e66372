/** What the engine is asked with in a run, and what it would name as holding a rollout back now. */
import type { WavePolicy } from '@sluice/contracts';
import type { Blocker, Decision } from '../decision.ts';
import { decide } from '../engine.ts';
import type { EngineInput, FreezeInput } from '../engine-input.ts';
import { createRandom } from '../simulator/random.ts';
import type { FreezeRecord } from './records.ts';
import { createQueue } from './run-queue.ts';
import type { Run, RunInput } from './run-state.ts';
import { createTables } from './run-tables.ts';

/** What the engine would name as holding the rollout back now, with nothing approved. */
export function blockersNow(input: RunInput): readonly Blocker[] {
  const tables = createTables(input);
  const queue = createQueue(input, tables);
  const now = input.start;
  const found = new Map<string, Blocker>();
  const ask = (state: EngineInput['rollout']['state']): readonly Decision[] => {
    const step = decide(readInput(input, { tables, queue, offlineOf: () => ({}) }, { now, approvals: 0, state }));
    for (const each of step.blockers) found.set(each.code + each.sentence, each);
    return step.decisions;
  };
  if (input.policy.approval !== undefined) ask('pending_approval');
  ask('scheduled');
  const first = tables.waves.find(({ size }) => size > 0);
  if (first === undefined) return [...found.values()];
  ask('running');
  if (first.state === 'pending' && input.policy.waves[first.index]?.approval !== undefined) {
    first.state = 'awaiting_gate';
    ask('running');
  }
  Object.assign(first, { state: 'running', startedAt: now, deadlineAt: now + input.policy.deploymentDeadlineMs });
  queue.fill(first.index, first.size);
  // What may be offered at once is not held back; the engine says what is with the others.
  for (const decision of ask('running')) {
    if (decision.kind !== 'offer_wave') continue;
    for (const place of queue.take(first.index, decision.count, { now, random: createRandom(input.seed) })) tables.offer(place);
    tables.countOffers(decision.count, decision.minuteStartedAt);
  }
  ask('running');
  return [...found.values()].filter(({ code }) => code !== 'waiting_for_devices');
}
/** The counts of a run as the engine takes them. */
export function readInput(
  input: RunInput,
  { tables, queue, offlineOf }: Pick<Run, 'tables' | 'queue' | 'offlineOf'>,
  { now, approvals, state }: { now: number; approvals: number; state: EngineInput['rollout']['state'] },
): EngineInput {
  const active = tables.waves.find(({ state: each }) => each === 'pending' || each === 'awaiting_gate' || each === 'running');
  return {
    policy: { ...input.policy, waves: input.policy.waves.map(assumeMeasured), onBreach: 'pause' },
    policyVersion: 1,
    rollout: {
      state,
      purpose: 'update',
      startAt: input.startAt,
      startedAt: tables.startedAt,
      pause: tables.pause,
      abort: null,
      handedToRollback: 0,
      approvals,
      freeze: freezeAt(input.freezes, now, input.openFreezes),
      offers: tables.offers,
      hold: input.hold,
    },
    waves: tables.waves.map((wave) => ({
      index: wave.index,
      state: wave.state,
      startedAt: wave.startedAt,
      deadlineAt: wave.deadlineAt,
      soakStartedAt: wave.soakStartedAt,
      gateForced: wave.gateForced,
      counts: wave.counts,
      unhealthySucceeded: wave.unhealthySucceeded,
      lastUnhealthyAt: wave.unhealthySucceeded > 0 ? now : wave.lastUnhealthyAt,
      approvals,
      offerable:
        wave === active
          ? { queue: wave.counts.scheduled ?? 0, now: queue.offerable(wave.index, now), waits: queue.waits(wave.index, now) }
          : { queue: wave.counts.scheduled ?? 0, now: wave.counts.queued ?? 0, waits: [] },
      ...(wave === active ? offlineOf(wave.index, now) : {}),
      analysis: wave.analysis,
    })),
    now,
  };
}
/** Of several freezes the one that ends last. In runs one without an end is taken to be lifted at once: nobody can know when. */
function freezeAt(freezes: readonly FreezeRecord[], now: number, open: 'hold' | 'lifted'): FreezeInput | null {
  const ends = ({ to }: FreezeRecord): number => to ?? Number.POSITIVE_INFINITY;
  const holding = freezes.filter((freeze) => freeze.from <= now && now < ends(freeze) && (freeze.to !== null || open === 'hold'));
  const last = holding.reduce<FreezeRecord | null>((held, freeze) => (held === null || ends(freeze) > ends(held) ? freeze : held), null);
  return last === null ? null : { name: last.name, until: last.to };
}

/** What will be measured is not known: an analysis takes its time, and passes. */
function assumeMeasured(wave: WavePolicy): WavePolicy {
  const { analysis } = wave;
  if (analysis === undefined) return wave;
  return { ...wave, analysis: { ...analysis, metrics: analysis.metrics.map((metric) => ({ ...metric, dryRun: true })) } };
}
