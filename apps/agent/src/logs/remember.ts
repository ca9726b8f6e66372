import { createLineLog } from '@sluice/platform/log';
import type { Clock, Log } from '../ports/index.ts';

const linesMax = 5_000;
const lineLengthMax = 8_000;

/** A log that also remembers its newest lines, so that a person can ask for them from afar. */
export function createRememberingLog(log: Log, clock: Pick<Clock, 'now'>): { log: Log; lines: () => readonly string[] } {
  const lines: string[] = [];
  const remembered = createLineLog({
    name: 'agent',
    now: () => clock.now(),
    write: (line) => {
      lines.push(line.trimEnd().slice(0, lineLengthMax));
      if (lines.length > linesMax) lines.splice(0, lines.length - linesMax);
    },
  });
  const both = (level: keyof Log) => (fields: object, message: string) => {
    log[level](fields, message);
    remembered[level](fields, message);
  };
  return {
    log: { debug: (fields, message) => log.debug(fields, message), info: both('info'), warn: both('warn'), error: both('error') },
    lines: () => lines,
  };
}
