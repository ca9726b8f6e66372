import type { Blocker, RolloutDecision, RolloutDetail } from '@sluice/contracts';
import type { Invocation } from '../frame/invocation.ts';
import { paintFor, type Tone } from '../output/paint.ts';
import { fitText, plainText } from '../output/text-width.ts';
import { formatTimeOfDay, withLocalMoments } from '../output/time.ts';
import { countsSentence } from './outcome.ts';
import type { WatchListener } from './watch.ts';

/** `begin_soak` → `Begin soak`. */
export function wordsOf(kind: string): string {
  const words = kind.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** A decision as one sentence: what was decided and why, and by whom when it was a person. */
export function decisionSentence({ kind, sentence, code, actor }: RolloutDecision): string {
  const who = code === 'requested_by_person' ? ` (${plainText(actor)})` : '';
  return `${wordsOf(kind)}: ${plainText(sentence)}${who}`;
}

/** Why it does not move and what would change that. */
export function blockerSentence({ sentence, unblock }: Pick<Blocker, 'sentence' | 'unblock'>, timeZone: string | undefined): string {
  return `Waits: ${withLocalMoments(plainText(sentence), timeZone)} ${withLocalMoments(plainText(unblock), timeZone)}`;
}

/** Blockers as a list for people. */
export function blockerLines(blockers: readonly Pick<Blocker, 'code' | 'sentence' | 'unblock'>[], timeZone: string | undefined): string[] {
  return blockers.flatMap(({ code, sentence, unblock }) => [
    `- ${withLocalMoments(plainText(sentence), timeZone)} [${plainText(code)}]`,
    `  What would change that: ${withLocalMoments(plainText(unblock), timeZone)}`,
  ]);
}

const badKinds = new Set(['fail_wave', 'begin_abort', 'roll_back_changed_devices', 'time_out_wave']);

function toneOfDecision({ kind }: RolloutDecision): Tone {
  if (badKinds.has(kind)) return 'bad';
  return kind === 'pause_rollout' ? 'warning' : 'plain';
}

/** One line on the waves that move, for the terminal. */
export function progressLine({ waves, counts, state }: RolloutDetail): string {
  const current = waves.find((wave) => wave.state !== 'pending' && wave.finishedAt === null);
  if (current === undefined) return `${wordsOf(state)} · ${countsSentence(counts)}`;
  return `Wave ${current.index + 1} of ${waves.length} ${current.state.replaceAll('_', ' ')} · ${countsSentence(current.counts)}`;
}

export type Teller = WatchListener & {
  /** Removes the line of progress. */
  done(): void;
};

const eraseLine = '\r\u001b[2K';

/** Keeps one line at the bottom of the terminal up to date; nothing without a terminal. */
function createProgress({ ports }: Invocation) {
  const { stderr } = ports;
  const isShown = stderr.isTerminal && ports.environment['TERM'] !== 'dumb';
  let shown = '';
  const erase = (): void => {
    if (shown !== '') stderr.write(eraseLine);
    shown = '';
  };
  return {
    erase,
    show: (line: string): void => {
      if (!isShown || line === shown) return;
      erase();
      shown = line;
      stderr.write(fitText(line, Math.max(10, (stderr.columns ?? 80) - 1)));
    },
  };
}

/**
 * Tells what happens to a rollout: `toResult` on standard output (it is what the command is for), else on standard error, where
 * it is only company for whoever waits.
 */
export function createTeller(invocation: Invocation, toResult: boolean): Teller {
  const { ports, print, note } = invocation;
  const progress = createProgress(invocation);
  const paint = toResult ? print.paint : paintFor(ports.stderr, ports.environment);
  const say = (at: string, tone: Tone, sentence: string): void => {
    progress.erase();
    const line = `${paint('dim', formatTimeOfDay(at, ports.timeZone))}  ${paint(tone, sentence)}`;
    if (toResult) print.line(line);
    else note(line);
  };
  const emit = toResult && !print.isForPeople && print.format !== 'name';
  const now = (): string => new Date(ports.clock.now()).toISOString();
  return {
    decision: (decision) => {
      if (emit) print.event({ event: 'decision', decision });
      else say(decision.at, toneOfDecision(decision), decisionSentence(decision));
    },
    blockers: (blockers) => {
      if (emit) print.event({ event: 'blockers', blockers });
      else for (const blocker of blockers) say(now(), 'warning', blockerSentence(blocker, ports.timeZone));
    },
    progress: (rollout) => progress.show(progressLine(rollout)),
    trouble: (error) => {
      progress.erase();
      note(`${error.message} Trying again …`);
    },
    done: () => progress.erase(),
  };
}
