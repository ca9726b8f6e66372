import { createContext, type ReactNode, useContext, useEffect, useState } from 'react';

/** Time as the console sees it; only `main.tsx` knows the real one. */
export type Clock = {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls back once after `delayMs`; the answer cancels it. */
  setTimer(delayMs: number, callback: () => void): () => void;
};

const ClockContext = createContext<Clock | null>(null);

export function ClockProvider({ clock, children }: { clock: Clock; children: ReactNode }) {
  return <ClockContext value={clock}>{children}</ClockContext>;
}

export function useClock(): Clock {
  const clock = useContext(ClockContext);
  if (clock === null) throw new Error('useClock needs a ClockProvider around it');
  return clock;
}

/** The present time, renewed every `everyMs`; a null interval stands still. */
export function useNow(everyMs: number | null): number {
  const clock = useClock();
  const [now, setNow] = useState(clock.now);
  useEffect(() => {
    if (everyMs === null) return;
    let cancel: () => void;
    const tick = (): void => {
      setNow(clock.now());
      cancel = clock.setTimer(everyMs, tick);
    };
    cancel = clock.setTimer(everyMs, tick);
    return () => cancel();
  }, [clock, everyMs]);
  return now;
}
