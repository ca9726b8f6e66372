// INVARIANTS
// 1. A capture is answered by doing it again: nothing is kept between two tries, and nothing of it is on disk. An agent that was killed is told
//    of an open capture with its first question.
// 2. One at a time, and each once: the newest counts, an answered one is forgotten.
import type { CaptureRefusal } from '@sluice/contracts';
import { type RetryPolicy, retryDelayMs } from '@sluice/platform/retry';
import { HttpError } from '../control-plane/http-error.ts';
import { AgentError, describeError } from '../errors.ts';
import type { Clock, Log, Random } from '../ports/index.ts';
import { createWakeUp } from '../wake-up.ts';

export type CapturesDeps<Content> = {
  clock: Clock;
  random: Random;
  log: Log;
  /** Looks at what is asked for. */
  take: () => Promise<Content>;
  /** Hands it in. @throws HttpError, NotControlPlaneError, NetworkError */
  send: (captureId: string, upload: Content | CaptureRefusal) => Promise<void>;
  /** False: whoever runs this device does not want it to be looked at. */
  allowed: boolean;
  /** What is looked at, and the setting that turns it off. */
  words?: { what: string; setting: string };
};

export type Captures = {
  /** The control plane wants to know. Asking again for the same one is harmless. */
  ask(captureId: string): void;
  run(signal: AbortSignal): Promise<void>;
};

const retryPolicy: RetryPolicy = { attemptsMax: Number.POSITIVE_INFINITY, baseDelayMs: 1_000, delayMsMax: 300_000 };
/** A runtime that is starting, or switching, can be asked a moment later; one that never can is told. */
const looksMax = 8;
const answeredMax = 32;
const messageLengthMax = 1_000;

const finalStatuses: ReadonlySet<number> = new Set([400, 404, 409, 413, 415, 422]);

/**
 * Answers that another try does not change: it is not ours, has expired, or what we sent was no good. Only the control plane's own have a code;
 * a proxy's page does not count.
 */
function isFinal(error: unknown): boolean {
  return error instanceof HttpError && error.code !== undefined && finalStatuses.has(error.status);
}

function refusalOf(error: unknown, what: string): CaptureRefusal {
  const code = error instanceof AgentError ? error.code : 'RUNTIME_NOT_ASKED';
  const message = `${what} could not be read: ${describeError(error)}`.slice(0, messageLengthMax);
  return { failure: { code, message } };
}

/** The runtime is up and could not be asked. */
class LookError extends Error {
  override readonly name = 'LookError';
}

/** Answers captures, for as long as it takes. */
export function createCaptures<Content>(deps: CapturesDeps<Content>): Captures {
  const { clock, log, words = { what: 'What runs there', setting: 'SLUICE_CAPTURES' } } = deps;
  const wake = createWakeUp();
  const answered = new Set<string>();
  let asked: string | undefined;
  let superseded = new AbortController();

  const look = async (isLast: boolean): Promise<Content | CaptureRefusal> => {
    const off = { code: 'CAPTURES_OFF', message: `Nobody gets to see that of this device: ${words.setting} is off there.` };
    if (!deps.allowed) return { failure: off };
    try {
      return await deps.take();
    } catch (error) {
      if (!(error instanceof AgentError) && !isLast) throw new LookError(describeError(error), { cause: error });
      return refusalOf(error, words.what);
    }
  };
  const answer = async (captureId: string, signal: AbortSignal): Promise<void> => {
    let looks = 0;
    for (let attempt = 1; !signal.aborted; attempt += 1) {
      try {
        await deps.send(captureId, await look(looks + 1 >= looksMax));
        log.info({ captureId, what: words.what }, 'told what was asked for');
        return;
      } catch (error) {
        if (error instanceof LookError) looks += 1;
        if (isFinal(error)) return log.warn({ captureId, error: describeError(error) }, 'what was asked for was not taken');
        log.debug({ captureId, error: describeError(error) }, 'could not tell what was asked for; trying again');
        const retryAfterMs = error instanceof HttpError ? error.retryAfterMs : undefined;
        await clock.sleep(retryDelayMs(attempt, retryPolicy, { random: deps.random, retryAfterMs }), signal).catch(() => undefined);
      }
    }
  };
  const forget = (captureId: string): void => {
    answered.add(captureId);
    const [oldest] = answered;
    if (answered.size > answeredMax && oldest !== undefined) answered.delete(oldest);
  };

  return {
    ask: (captureId) => {
      if (answered.has(captureId)) return;
      if (asked !== captureId) superseded.abort();
      asked = captureId;
      wake.raise();
    },
    run: async (signal) => {
      while (!signal.aborted) {
        await wake.wait(signal);
        const captureId = asked;
        if (captureId === undefined || answered.has(captureId)) continue;
        superseded = new AbortController();
        const untilSuperseded = AbortSignal.any([signal, superseded.signal]);
        await answer(captureId, untilSuperseded);
        if (!untilSuperseded.aborted) forget(captureId);
      }
    },
  };
}
