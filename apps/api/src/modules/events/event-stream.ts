import type { ServerResponse } from 'node:http';
import type { ChangeEvent } from '@sluice/contracts';
import type { CancelTimer, Clock } from '@sluice/platform';
import type { ChangeBatch } from '@sluice/store';

/** The writable side of a server-sent event stream (HTML Living Standard, 9.2). */
export type EventStream = {
  /** Tells the client to read everything again, and from which position changes follow. */
  reset(position: string): void;
  changes(batch: ChangeBatch): void;
  end(): void;
};

type Output = Pick<ServerResponse, 'write' | 'end' | 'destroy' | 'on' | 'writableLength'>;

const heartbeatMs = 15_000;
/** A stream ends after this time, so that the client comes back and its rights are checked anew. */
const lifetimeMs = 30 * 60_000;
/** A client that leaves so much unread is dropped: it comes back and resumes, and this process keeps its memory. */
const unreadBytesMax = 256 * 1024;
const reconnectAfterMs = 2_000;

function formatChanges({ position, changes }: ChangeBatch): string {
  // Only the last event of a batch carries the id: a client that breaks off in the middle gets the batch again.
  const events = changes.map(({ kind, id, at }, index) => {
    const data: ChangeEvent = { position, kind, id, at };
    return `${index === changes.length - 1 ? `id: ${position}\n` : ''}event: change\ndata: ${JSON.stringify(data)}\n\n`;
  });
  return events.join('');
}

/** Starts writing events to a response whose headers were sent. `onEnd` is called once, however the stream ends. */
export function createEventStream(output: Output, clock: Pick<Clock, 'setTimer'>, onEnd: () => void): EventStream {
  let open = true;
  let cancelHeartbeat: CancelTimer = () => undefined;
  const finish = (): void => {
    if (!open) return;
    open = false;
    cancelHeartbeat();
    cancelLifetime();
    onEnd();
  };
  const end = (): void => {
    finish();
    output.end();
  };
  const write = (text: string): void => {
    if (!open) return;
    if (output.writableLength > unreadBytesMax) {
      finish();
      output.destroy();
      return;
    }
    output.write(text);
  };
  const beat = (): void => {
    write(': alive\n\n');
    if (open) cancelHeartbeat = clock.setTimer(heartbeatMs, beat);
  };
  const cancelLifetime = clock.setTimer(lifetimeMs, end);
  output.on('close', finish);
  output.on('error', finish);
  write(`retry: ${reconnectAfterMs}\n\n`);
  cancelHeartbeat = clock.setTimer(heartbeatMs, beat);
  return {
    reset: (position) => write(`id: ${position}\nevent: reset\ndata: {}\n\n`),
    changes: (batch) => write(formatChanges(batch)),
    end,
  };
}
