// INVARIANTS
// 1. Every decision is told once, in the order in which it was made.
// 2. A control plane that does not answer for a while does not end the watching; one that stays away does.
import type { Blocker, RolloutDecision, RolloutDetail } from '@sluice/contracts';
import type { CliError } from '../errors.ts';
import { createPatientReader } from '../frame/patient-reader.ts';
import type { Session } from '../frame/session.ts';
import type { Ports } from '../ports.ts';
import { hasEnded } from './outcome.ts';

export type WatchListener = {
  decision(decision: RolloutDecision): void;
  /** Why it does not move, whenever that is another reason; not each time that the same one counts other devices. */
  blockers(blockers: readonly Blocker[]): void;
  /** Every look, for a line of progress. */
  progress(rollout: RolloutDetail): void;
  /** The control plane does not answer; once until it does again. */
  trouble(error: CliError): void;
};

export type WatchOptions = {
  rolloutId: string;
  /** Milliseconds after which to stop looking; undefined: never. */
  timeoutMs: number | undefined;
  /** Ids of decisions that were told before. */
  told?: ReadonlySet<string>;
  /** Ends the watching before the rollout ends. */
  isEnough?: (rollout: RolloutDetail) => boolean;
  listener: WatchListener;
};

/** `timedOut`: the rollout goes on. */
export type WatchEnd = { rollout: RolloutDetail; timedOut: boolean };

const intervalMs = 1_000;

function createTeller({ listener, told: before = new Set() }: WatchOptions): (rollout: RolloutDetail) => void {
  const told = new Set<string>(before);
  let blockersTold = '';
  return (rollout) => {
    for (const decision of rollout.decisions.toReversed()) {
      if (!told.has(decision.id)) listener.decision(decision);
      told.add(decision.id);
    }
    const blockers = rollout.blockers.map(({ code, waveIndex }) => `${code} ${waveIndex}`).join();
    if (blockers !== blockersTold && rollout.blockers.length > 0) listener.blockers(rollout.blockers);
    blockersTold = blockers;
    listener.progress(rollout);
  };
}

/**
 * Looks at a rollout every second until it ends, and tells what happens.
 * @throws CliError as Http; the signal's reason when the person ends it
 */
export async function watchRollout(
  session: Session,
  { clock, signal }: Pick<Ports, 'clock' | 'signal'>,
  options: WatchOptions,
): Promise<WatchEnd> {
  const read = createPatientReader(() => session.get<RolloutDetail>(`/rollouts/${options.rolloutId}`), {
    clock,
    onTrouble: (error) => options.listener.trouble(error),
  });
  const tell = createTeller(options);
  const deadline = clock.monotonic() + (options.timeoutMs ?? Number.POSITIVE_INFINITY);
  let last: RolloutDetail | undefined;
  for (;;) {
    const rollout = await read();
    if (rollout !== undefined) {
      last = rollout;
      tell(rollout);
      if (hasEnded(rollout.state) || options.isEnough?.(rollout) === true) return { rollout, timedOut: false };
    }
    const remainingMs = deadline - clock.monotonic();
    if (remainingMs <= 0 && last !== undefined) return { rollout: last, timedOut: true };
    await clock.sleep(remainingMs <= 0 ? intervalMs : Math.min(intervalMs, remainingMs), signal);
  }
}
