/** A doorbell: one side rings, the other waits. A ring with nobody waiting is remembered, several count as one. */
export type WakeUp = {
  ring(): void;
  /** Resolves at the next ring, or at once when it rang since the last wait; also when the signal aborts. */
  wait(signal: AbortSignal): Promise<void>;
};

export function createWakeUp(): WakeUp {
  let rang = false;
  let wake: (() => void) | undefined;
  return {
    ring: () => {
      rang = true;
      wake?.();
    },
    wait: async (signal) => {
      if (!rang && !signal.aborted) {
        const { promise, resolve } = Promise.withResolvers<void>();
        const done = (): void => resolve();
        wake = done;
        signal.addEventListener('abort', done, { once: true });
        await promise;
        signal.removeEventListener('abort', done);
      }
      wake = undefined;
      rang = false;
    },
  };
}
