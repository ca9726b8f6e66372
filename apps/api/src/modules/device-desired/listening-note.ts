import type { Clock, Log } from '@sluice/platform';

export type ListeningNoteOptions = {
  /** Says that devices can reach this process now. */
  note: () => Promise<void>;
  clock: Pick<Clock, 'setTimer'>;
  log: Pick<Log, 'warn'>;
  everyMs: number;
};

export type ListeningNote = { start(): void; close(): Promise<void> };

/** Says every few seconds that this process listens, so that a silence of all devices can be told from one of the control plane. */
export function createListeningNote({ note, clock, log, everyMs }: ListeningNoteOptions): ListeningNote {
  let closed = false;
  let cancel = (): void => undefined;
  let noting: Promise<void> = Promise.resolve();
  const say = (): void => {
    noting = note()
      .catch((error: unknown) => log.warn({ err: error }, 'could not note that devices are listened to; trying again'))
      .then(() => {
        if (!closed) cancel = clock.setTimer(everyMs, say);
      });
  };
  return {
    start: say,
    close: async () => {
      closed = true;
      cancel();
      await noting;
    },
  };
}
