import { assertNever } from './assert-never.ts';
import type { Blocker } from './decision.ts';
import type { PauseInput } from './engine-input.ts';
import { waveName } from './sentences.ts';

/** What a blocker may say beyond its words. */
type Facts = { readonly wave?: number | null; readonly until?: number | null; readonly numbers?: Readonly<Record<string, number>> };

/** Names why nothing moves and what would change that. The last parameter: the wave concerned, or more. */
export function blocker(code: Blocker['code'], sentence: string, unblock: string, about: number | null | Facts = null): Blocker {
  const { wave = null, until = null, numbers = {} } = typeof about === 'object' && about !== null ? about : { wave: about };
  return { code, sentence, unblock, wave, until, numbers };
}

/** The blocker of a paused rollout. `because`: what the analysis of its wave says, if that paused it. */
export function pauseBlocker(pause: PauseInput, because: string | null = null): Blocker {
  const name = waveName(pause.wave);
  const resume = 'Resume to go on in spite of it (this forces the gates of the wave), or abort, or roll back.';
  switch (pause.cause) {
    case 'person':
      return blocker('paused_by_person', 'A person paused the rollout.', 'Resume or abort it.', pause.wave);
    case 'breach':
      return blocker('paused_by_breach', because ?? `${name} breached its threshold, so the rollout is paused.`, resume, pause.wave);
    case 'inconclusive':
      return blocker(
        'paused_inconclusive',
        because ?? `${name} ended with too few results to be judged, so the rollout is paused.`,
        resume,
        pause.wave,
      );
    case 'regress':
      return blocker('paused_by_regress', `${name} had passed, but its devices became unhealthy since.`, resume, pause.wave);
    default:
      return assertNever(pause.cause);
  }
}
