// INVARIANTS
// 1. No answer, and no missing answer, ends the loop or touches the runtime: 401, 403 and 404 are waited out like everything else.
// 2. What was refused is looked at again after a while, because it may have become right (a new root, a later time); something newer at once.
// 3. A refusal is reported once as long as it stays the same.
import type { Assignment, LogQuestion } from '@sluice/contracts';
import { type RetryPolicy, retryDelayMs } from '@sluice/platform/retry';
import { TrustError } from '@sluice/trust';
import { describeError } from '../errors.ts';
import type { Clock, Log, Random } from '../ports/index.ts';
import type { Reporter } from '../reporting/reporter.ts';
import type { Connection } from '../update/context.ts';
import { HttpError } from './http-error.ts';
import { type IntakeDeps, takeIn } from './intake.ts';

export type PollerDeps = IntakeDeps & {
  connection: Connection;
  clock: Clock;
  random: Random;
  log: Log;
  reporter: Reporter;
  onAssignment: (assignment: Assignment) => void;
  /** Somebody wants to know what runs here. Told again and again, as long as it is open. */
  onCapture: (captureId: string) => void;
  /** Somebody wants lines of a log, likewise. */
  onLogs: (question: LogQuestion) => void;
  /** True once after somebody wanted the desired state whether it changed or not. */
  takeAskAnew: () => boolean;
  /** Long poll in seconds; 0 for none. */
  waitSeconds: number;
};

const retryPolicy: RetryPolicy = { attemptsMax: Number.POSITIVE_INFINITY, baseDelayMs: 1_000, delayMsMax: 60_000 };
/** The control plane may take so long beyond the long poll itself. */
const answerMarginMs = 15_000;
/** An "unchanged" that came faster than this was no long poll. */
const heldMsMin = 1_000;
const pollAfterMsDefault = 5_000;

/** What is known between two questions. */
type Memory = {
  etag: string | undefined;
  /** Set when what the ETag stands for was refused: after so long it is looked at again, though unchanged. */
  lookAgainMs: number | undefined;
  pollAfterMs: number;
  refusals: number;
  lastRefusal: string;
};

/** Asks for the desired state again and again. */
export async function pollDesired(deps: PollerDeps, signal: AbortSignal): Promise<void> {
  const { clock, connection } = deps;
  const memory: Memory = { etag: undefined, lookAgainMs: undefined, pollAfterMs: pollAfterMsDefault, refusals: 0, lastRefusal: '' };

  const refuse = async (error: TrustError, answer: { revision: number; etag: string | undefined }): Promise<void> => {
    memory.refusals += 1;
    memory.etag = answer.etag;
    memory.lookAgainMs = Math.max(memory.pollAfterMs, retryDelayMs(memory.refusals, retryPolicy, { random: deps.random }));
    const refusal = `${answer.revision} ${error.code}`;
    if (refusal === memory.lastRefusal) return;
    memory.lastRefusal = refusal;
    deps.log.warn({ code: error.code, revision: answer.revision, detail: error.message }, 'refused what the control plane wants');
    await deps.reporter.refusal({ code: error.code, detail: error.message, revision: answer.revision });
  };
  const pauseWithoutEtag = async (): Promise<void> => {
    // Without an ETag there is no long poll to wait in.
    if (memory.etag === undefined) await clock.sleep(memory.lookAgainMs ?? memory.pollAfterMs, signal);
  };
  const takeUnchanged = async (begun: number): Promise<void> => {
    const heldMs = clock.monotonic() - begun;
    if (heldMs < heldMsMin) await clock.sleep(memory.pollAfterMs * (0.5 + deps.random.fraction()), signal);
    if (memory.lookAgainMs === undefined) return;
    memory.etag = undefined;
    memory.lookAgainMs = undefined;
  };
  const askOnce = async (): Promise<void> => {
    const begun = clock.monotonic();
    if (deps.takeAskAnew()) memory.etag = undefined;
    const { etag, lookAgainMs } = memory;
    // A refused assignment is still waited on, so that a better one is seen at once; only not for as long.
    const waitSeconds = Math.min(deps.waitSeconds, Math.ceil((lookAgainMs ?? Number.POSITIVE_INFINITY) / 1_000));
    const timeoutMs = waitSeconds * 1_000 + answerMarginMs;
    const answer = await connection.session.withToken((token) =>
      connection.api.desired({ token, etag, waitSeconds: etag === undefined ? 0 : waitSeconds, timeoutMs, signal }),
    );
    if (answer.kind === 'unchanged') return takeUnchanged(begun);
    const { revision, assignment, capture, logs } = answer.desired;
    // It is not signed, whatever becomes of the assignment: it can only make us look.
    if (capture !== undefined) deps.onCapture(capture.id);
    if (logs !== undefined) deps.onLogs(logs);
    memory.pollAfterMs = Math.max(heldMsMin, answer.desired.pollAfterMs);
    try {
      if (assignment !== null) deps.onAssignment(await takeIn(deps, assignment));
    } catch (error) {
      if (!(error instanceof TrustError)) throw error;
      await refuse(error, { revision, etag: answer.etag });
      return pauseWithoutEtag();
    }
    Object.assign(memory, { etag: answer.etag, lookAgainMs: undefined, refusals: 0, lastRefusal: '' });
    await pauseWithoutEtag();
  };

  for (let failures = 0; !signal.aborted; ) {
    try {
      await askOnce();
      failures = 0;
    } catch (error) {
      if (signal.aborted) return;
      failures += 1;
      // One line per outage is enough; the device keeps trying anyway.
      deps.log[failures === 1 ? 'warn' : 'debug']({ error: describeError(error) }, 'could not ask the control plane');
      const retryAfterMs = error instanceof HttpError ? error.retryAfterMs : undefined;
      await clock.sleep(retryDelayMs(failures, retryPolicy, { random: deps.random, retryAfterMs }), signal).catch(() => undefined);
    }
  }
}
