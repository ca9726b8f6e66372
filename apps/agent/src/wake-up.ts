/** A doorbell: one side rings, the other waits. A ring with nobody waiting is remembered, several count as one. */
export type WakeUp = {
  raise(): void;
  /** Resolves at the next ring, or at once when it rang since the last wait; also when the signal aborts. */
  wait(signal: AbortSignal): Promise<void>;
};

export function createWakeUp(): WakeUp {
  let raised = false;
  let notify: (() => void) | undefined;
  return {
    raise: () => {
      raised = true;
      notify?.();
    },
    wait: async (signal) => {
      if (!raised && !signal.aborted) {
        await new Promise<void>((resolve) => {
          notify = () => {
            // The signal lives as long as the agent: a listener per wait would pile up.
            signal.removeEventListener('abort', resolve as () => void);
            resolve();
          };
          signal.addEventListener('abort', resolve as () => void, { once: true });
        });
      }
      notify = undefined;
      raised = false;
    },
  };
}
