import { type CancelTimer, type Clock, sleepWith } from '../clock.ts';

type Timer = { dueMs: number; sequence: number; callback: () => void };

/** Lets every promise that can go on without time passing go on. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A clock that stands still until a test moves it. Timers fire in order of their time, then of their creation. */
export class VirtualClock implements Clock {
  #nowMs: number;
  #monotonicMs = 0;
  #sequence = 0;
  readonly #timers = new Set<Timer>();

  /** @param startMs wall time at the start, default 2026-01-01T00:00:00Z */
  constructor(startMs: number = Date.UTC(2026, 0, 1)) {
    this.#nowMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  monotonic(): number {
    return this.#monotonicMs;
  }

  setTimer(delayMs: number, callback: () => void): CancelTimer {
    this.#sequence += 1;
    const timer: Timer = { dueMs: this.#monotonicMs + Math.max(0, delayMs), sequence: this.#sequence, callback };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return sleepWith((ms, callback) => this.setTimer(ms, callback), delayMs, signal);
  }

  /** How many timers wait. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Moves time forward, fires what becomes due on the way and lets promises settle after each timer. */
  async advance(byMs: number): Promise<void> {
    const endMs = this.#monotonicMs + byMs;
    await settle();
    for (let timer = this.#next(endMs); timer !== undefined; timer = this.#next(endMs)) {
      this.#moveTo(timer.dueMs);
      this.#timers.delete(timer);
      timer.callback();
      await settle();
    }
    this.#moveTo(endMs);
  }

  /** Moves to the next timer and fires it, and all others of that moment; false when none waits. */
  async advanceToNext(): Promise<boolean> {
    await settle();
    const timer = this.#next(Number.POSITIVE_INFINITY);
    if (timer === undefined) return false;
    await this.advance(timer.dueMs - this.#monotonicMs);
    return true;
  }

  /** Corrects the wall time without any time passing, as a time server does to a device: timers and `monotonic` do not notice. */
  jump(byMs: number): void {
    this.#nowMs += byMs;
  }

  #moveTo(monotonicMs: number): void {
    this.#nowMs += monotonicMs - this.#monotonicMs;
    this.#monotonicMs = monotonicMs;
  }

  #next(untilMs: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      const earlier = first === undefined || timer.dueMs < first.dueMs || (timer.dueMs === first.dueMs && timer.sequence < first.sequence);
      if (timer.dueMs <= untilMs && earlier) first = timer;
    }
    return first;
  }
}
