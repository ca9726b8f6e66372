// INVARIANTS
// 1. No answer, and no missing answer, ends the loop or touches the runtime: 401, 403 and 404 are waited out like everything else.
// 2. An ETag is kept only for what was accepted, so that something refused is looked at again when it may have become right.
// 3. A refusal is reported once as long as it stays the same.
import type { Assignment } from '@sluice/contracts';
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
  /** Long poll in seconds; 0 for none. */
  waitSeconds: number;
};

const retryPolicy: RetryPolicy = { attemptsMax: Number.POSITIVE_INFINITY, baseDelayMs: 1_000, delayMsMax: 60_000 };
/** The control plane may take so long beyond the long poll itself. */
const answerMarginMs = 15_000;
/** An "unchanged" that came faster than this was no long poll. */
const heldMsMin = 1_000;
const pollAfterMsDefault = 5_000;

/** Asks for the desired state again and again. */
export async function pollDesired(deps: PollerDeps, signal: AbortSignal): Promise<void> {
  const { clock, connection } = deps;
  let etag: string | undefined;
  let pollAfterMs = pollAfterMsDefault;
  let failures = 0;
  let lastRefusal = '';

  const refuse = async (error: TrustError, revision: number): Promise<void> => {
    etag = undefined;
    const refusal = `${revision} ${error.code}`;
    deps.log.warn({ code: error.code, revision, detail: error.message }, 'refused what the control plane wants');
    if (refusal === lastRefusal) return;
    lastRefusal = refusal;
    await deps.reporter.refusal({ code: error.code, detail: error.message, revision });
  };
  /** Asks once; false when the same should not be asked again at once. */
  const askOnce = async (): Promise<boolean> => {
    const begun = clock.monotonic();
    const timeoutMs = deps.waitSeconds * 1_000 + answerMarginMs;
    const answer = await connection.session.withToken((token) =>
      connection.api.desired({ token, etag, waitSeconds: etag === undefined ? 0 : deps.waitSeconds, timeoutMs, signal }),
    );
    if (answer.kind === 'unchanged') {
      if (clock.monotonic() - begun < heldMsMin) await clock.sleep(pollAfterMs * (0.5 + deps.random.fraction()), signal);
      return true;
    }
    pollAfterMs = Math.max(heldMsMin, answer.desired.pollAfterMs);
    if (answer.desired.assignment !== null) {
      try {
        deps.onAssignment(await takeIn(deps, answer.desired.assignment));
      } catch (error) {
        if (!(error instanceof TrustError)) throw error;
        await refuse(error, answer.desired.revision);
        return false;
      }
    }
    etag = answer.etag;
    lastRefusal = '';
    return etag !== undefined;
  };

  while (!signal.aborted) {
    try {
      const goOn = await askOnce();
      failures = goOn ? 0 : failures + 1;
      if (goOn) continue;
    } catch (error) {
      if (signal.aborted) return;
      failures += 1;
      // One line per outage is enough; the device keeps trying anyway.
      deps.log[failures === 1 ? 'warn' : 'debug']({ error: describeError(error) }, 'could not ask the control plane');
      const retryAfterMs = error instanceof HttpError ? error.retryAfterMs : undefined;
      await clock.sleep(retryDelayMs(failures, retryPolicy, { random: deps.random, retryAfterMs }), signal).catch(() => undefined);
      continue;
    }
    const pauseMs = Math.max(pollAfterMs, retryDelayMs(failures, retryPolicy, { random: deps.random }));
    await clock.sleep(pauseMs, signal).catch(() => undefined);
  }
}
