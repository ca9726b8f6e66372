import type { LogQuestion, LogUpload } from '@sluice/contracts';
import { type CapturesDeps, createCaptures } from '../capture/captures.ts';
import { type ReadLogsDeps, readLogs } from './read-logs.ts';

export type LogsDeps = ReadLogsDeps & Pick<CapturesDeps<LogUpload>, 'clock' | 'random' | 'log' | 'send' | 'allowed'>;

export type Logs = {
  /** The control plane wants lines of a log. Asking again for the same is harmless. */
  ask(question: LogQuestion): void;
  run(signal: AbortSignal): Promise<void>;
};

/** Answers requests for logs, one at a time and the newest first, as captures are answered. */
export function createLogs(deps: LogsDeps): Logs {
  let asked: LogQuestion | undefined;
  const answers = createCaptures<LogUpload>({
    ...deps,
    take: async () => (asked === undefined ? { lines: [], truncated: false } : readLogs(deps, asked)),
    words: { what: 'The log', setting: 'SLUICE_LOGS' },
  });
  return {
    ask: (question) => {
      asked = question;
      answers.ask(question.id);
    },
    run: answers.run,
  };
}
