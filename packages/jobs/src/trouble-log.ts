import type { Clock } from '@sluice/platform/clock';
import type { Log } from '@sluice/platform/log';

const silenceMs = 60_000;
const messagesMax = 100;

/**
 * Logs what goes wrong with the queue: the same trouble at most once a minute, because a queue that is away is tried several times a second,
 * and an outage of an hour shall not fill the log. `repeated` counts what was left out since the last line.
 */
export function createTroubleLog(log: Pick<Log, 'warn'>, clock: Pick<Clock, 'monotonic'>, message: string): (error: Error) => void {
  const seen = new Map<string, { untilMs: number; repeated: number }>();
  return (error) => {
    const now = clock.monotonic();
    const known = seen.get(error.message);
    if (known !== undefined && now < known.untilMs) {
      known.repeated += 1;
      return;
    }
    if (seen.size >= messagesMax) seen.clear();
    seen.set(error.message, { untilMs: now + silenceMs, repeated: 0 });
    const repeated = known?.repeated ?? 0;
    log.warn({ err: error, ...(repeated === 0 ? {} : { repeated }) }, message);
  };
}
