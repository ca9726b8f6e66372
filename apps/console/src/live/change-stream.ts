import type { ChangeEvent } from '@sluice/contracts';
import type { Clock } from '../clock.tsx';

/** How the link to the control plane is: `live` only while changes arrive by themselves. */
export type LinkState = 'connecting' | 'live' | 'reconnecting';

export type ChangeStreamOptions = {
  url: string;
  clock: Clock;
  /** Opens a stream; the browser's `EventSource`, which resumes by itself with `Last-Event-ID`. */
  open: (url: string) => EventSource;
  onState: (state: LinkState) => void;
  onChange: (change: ChangeEvent) => void;
  /** Everything may have changed: the beginning, or a position that is too old. */
  onReset: () => void;
  /** The stream was refused, so the browser gave up: look whether the session has ended. */
  onRefused: () => void;
};

const firstRetryMs = 1_000;
const longestRetryMs = 30_000;

function parseChange(data: string): ChangeEvent | null {
  try {
    const value: unknown = JSON.parse(data);
    return typeof value === 'object' && value !== null && 'kind' in value && 'id' in value ? (value as ChangeEvent) : null;
  } catch {
    return null;
  }
}

/**
 * Follows the changes of one organization until it is closed.
 * A broken link is mended by the browser; a refused one is opened anew here, with growing pauses.
 */
export function openChangeStream(options: ChangeStreamOptions): () => void {
  const { url, clock, open, onState, onChange, onReset, onRefused } = options;
  let source: EventSource;
  let retryMs = firstRetryMs;
  let cancelRetry: () => void = () => undefined;

  const connect = (): void => {
    source = open(url);
    source.addEventListener('open', () => {
      retryMs = firstRetryMs;
      onState('live');
    });
    source.addEventListener('change', (event) => {
      const change = parseChange(event.data);
      if (change === null) onReset();
      else onChange(change);
    });
    source.addEventListener('reset', onReset);
    source.addEventListener('error', () => {
      onState('reconnecting');
      if (source.readyState !== source.CLOSED) return;
      onRefused();
      cancelRetry = clock.setTimer(retryMs, connect);
      retryMs = Math.min(retryMs * 2, longestRetryMs);
    });
  };

  onState('connecting');
  connect();
  return () => {
    cancelRetry();
    source.close();
  };
}
