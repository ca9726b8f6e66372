/**
 * Who of a running wave is offered the release now. INVARIANTS
 * - Nothing is offered during a freeze, above the rate, outside a window, over a budget, before its retry is due or past a rollout of
 *   higher priority (10, 13). What the store counted as offerable is never exceeded; its statement checks each device once more.
 * - Whatever waits has a blocker, and a timer where time alone ends the wait (22, 23).
 */
import { blocker } from './blockers.ts';
import type { Blocker, Decision } from './decision.ts';
import { decision, rolloutNumbers } from './decision-builder.ts';
import type { EngineInput, OfferWait, WaveInput } from './engine-input.ts';
import { rateAllowance } from './rate.ts';
import { freezeFor } from './rollback-policy.ts';
import { devices, waveName } from './sentences.ts';
import { freezeBlocker } from './start-gate.ts';
import { earliest } from './timers.ts';

export interface Offers {
  readonly decisions: readonly Decision[];
  /** Why queued devices wait; empty when none does. */
  readonly blockers: readonly Blocker[];
  /** When to ask again for their sake. */
  readonly nextAt: number | null;
}

const nothing: Offers = { decisions: [], blockers: [], nextAt: null };

/** What a wave that runs (or starts now) queues and offers, and what holds the rest back. */
export function decideOffers(input: EngineInput, wave: WaveInput): Offers {
  const freeze = freezeFor(input.rollout);
  const { queue } = wave.offerable;
  const scheduled = wave.counts.scheduled ?? 0;
  const queued = wave.counts.queued ?? 0;
  if (scheduled + queued === 0) return nothing;
  if (freeze !== null) return { ...nothing, blockers: [freezeBlocker(freeze, wave.index)], nextAt: freeze.until };
  const count = Math.min(scheduled, queue);
  if (count > 0) return queueScheduled(input, wave, count);
  return offerQueued(input, wave, queued);
}

/** Other rollouts lose the devices in that moment. Where nothing can hold them back they are offered the release in it, too; else the store looks first. */
function queueScheduled(input: EngineInput, wave: WaveInput, count: number): Offers {
  const queued = decision(input, { kind: 'queue_wave', wave: wave.index, count }, { code: 'wave_started', wave });
  const straight = input.policy.rate === undefined ? Math.min(count, wave.offerable.straight ?? 0) : 0;
  return { ...nothing, decisions: straight === 0 ? [queued] : [queued, offerOf(input, wave, straight, null)] };
}

function offerOf(input: EngineInput, wave: WaveInput, count: number, minuteStartedAt: number | null): Decision {
  const offeredBefore = input.rollout.offers.offered;
  const change = { kind: 'offer_wave', wave: wave.index, count, offeredBefore, minuteStartedAt } as const;
  return decision(input, change, { code: 'devices_queued', wave });
}

function offerQueued(input: EngineInput, wave: WaveInput, queued: number): Offers {
  const { rate } = input.policy;
  const offerable = Math.min(queued, wave.offerable.now);
  const allowance = rate === undefined ? null : rateAllowance(rate, input.rollout.offers, rolloutNumbers(input.waves).succeeded, input.now);
  const count = allowance === null ? offerable : Math.min(offerable, allowance.allowed);
  if (count > 0) return { ...nothing, decisions: [offerOf(input, wave, count, allowance === null ? null : allowance.minuteStartedAt)] };
  if (offerable > 0 && allowance !== null) {
    const limited = blocker(
      'rate_limited',
      `${devices(queued)} of ${waveName(wave.index).toLowerCase()} wait: the rate is ${allowance.perMinute} a minute.`,
      'The next minute begins.',
      { wave: wave.index, until: allowance.nextAt, numbers: { devices: queued, perMinute: allowance.perMinute } },
    );
    return { ...nothing, blockers: [limited], nextAt: allowance.nextAt };
  }
  const { waits } = wave.offerable;
  return { ...nothing, blockers: waits.map((wait) => waitBlocker(wait, wave.index)), nextAt: earliest(waits.map(({ until }) => until)) };
}

const at = (time: number): string => new Date(time).toISOString();

function waitBlocker({ cause, name, devices: count, until }: OfferWait, wave: number): Blocker {
  const subject = `${devices(count)} of ${waveName(wave).toLowerCase()}`;
  const wait = count === 1 ? 'waits' : 'wait';
  // When others are looked at again is no time that ends a wait.
  const about = { wave, until: cause === 'budget' || cause === 'priority' ? null : until, numbers: { devices: count } };
  switch (cause) {
    case 'window': {
      const zone = name === '' ? '' : ` (${name})`;
      const opens = until === null ? 'never opens again' : `opens at ${at(until)}`;
      const unblock = until === null ? 'The window of the policy is changed.' : 'The window opens.';
      return blocker('outside_window', `${subject} ${wait} for the maintenance window${zone}, which ${opens}.`, unblock, about);
    }
    case 'budget':
      return blocker(
        'budget_exhausted',
        `${subject} ${wait}: the disruption budget ${name} allows no more devices to be unavailable now.`,
        'Devices of the budget finish and are healthy again, or the budget is raised.',
        about,
      );
    case 'priority':
      return blocker(
        'higher_priority_rollout',
        `${subject} ${wait}: the rollout ${name} has priority over them.`,
        'Its devices finish, or this rollout gets a higher priority.',
        about,
      );
    case 'restored':
      return blocker(
        'server_restored',
        `${subject} ${count === 1 ? 'knows' : 'know'} more than the control plane, which seems to have been restored from a backup, and ${count === 1 ? 'is' : 'are'} told nothing.`,
        'Somebody decides for each of them: adopt what it runs, or reassert what the control plane wants.',
        about,
      );
    case 'retry':
      return blocker(
        'waiting_for_retry',
        `${subject} failed and will try again${until === null ? '' : `, the first at ${at(until)}`}.`,
        'The wait before the next attempt passes.',
        about,
      );
  }
}
