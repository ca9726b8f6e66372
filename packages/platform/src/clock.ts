/** Ends a timer before it fires; harmless afterwards. */
export type CancelTimer = () => void;

/** Time as a parameter. Every process uses `systemClock`; tests use `VirtualClock` from `./testing`. */
export type Clock = {
  /** Wall time in milliseconds since 1970 (UTC). May jump when the operating system corrects its clock. */
  now(): number;
  /** Milliseconds from an arbitrary start that never jump: the one to measure durations and deadlines with. */
  monotonic(): number;
  /** Calls `callback` once after `delayMs`. The timer keeps the process alive until it fires or is canceled. */
  setTimer(delayMs: number, callback: () => void): CancelTimer;
  /** Resolves after `delayMs`; rejects with the signal's reason as soon as the signal aborts. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
};

// setTimeout holds a signed 32-bit number of milliseconds and fires at once above it.
const TIMEOUT_MS_MAX = 2 ** 31 - 1;

function setSystemTimer(delayMs: number, callback: () => void): CancelTimer {
  let handle: NodeJS.Timeout;
  const arm = (remainingMs: number): void => {
    const step = Math.min(Math.max(0, remainingMs), TIMEOUT_MS_MAX);
    handle = setTimeout(() => (remainingMs > step ? arm(remainingMs - step) : callback()), step);
  };
  arm(delayMs);
  return () => clearTimeout(handle);
}

/**
 * Builds `sleep` from `setTimer`, so that real and virtual clocks abort in the same way.
 * @throws the signal's reason when it aborts before the delay is over
 */
export function sleepWith(setTimer: Clock['setTimer'], delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(signal.reason);
      return;
    }
    const onAbort = (): void => {
      cancel();
      reject(signal?.reason);
    };
    const cancel = setTimer(delayMs, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** The clock of the operating system. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimer: setSystemTimer,
  sleep: (delayMs, signal) => sleepWith(setSystemTimer, delayMs, signal),
};
