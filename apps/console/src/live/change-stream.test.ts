import { describe, expect, it } from 'vitest';
import { type LinkState, openChangeStream } from './change-stream.ts';

/** As much of an EventSource as the console uses, driven by the test. */
class FakeSource extends EventTarget {
  readonly CLOSED = 2;
  readyState = 0;
  closed = false;
  close(): void {
    this.closed = true;
  }
  say(type: string, data = ''): void {
    this.dispatchEvent(Object.assign(new Event(type), { data }));
  }
  refuse(): void {
    this.readyState = this.CLOSED;
    this.say('error');
  }
}

function start() {
  const sources: FakeSource[] = [];
  const states: LinkState[] = [];
  const seen: string[] = [];
  const timers: { delayMs: number; callback: () => void }[] = [];
  const setTimer = (delayMs: number, callback: () => void): (() => void) => {
    timers.push({ delayMs, callback });
    return () => timers.splice(0);
  };
  const close = openChangeStream({
    url: '/events',
    clock: { now: () => 0, setTimer },
    open: () => {
      const source = new FakeSource();
      sources.push(source);
      return source as unknown as EventSource;
    },
    onState: (state) => states.push(state),
    onChange: ({ kind, id }) => seen.push(`${kind} ${id}`),
    onReset: () => seen.push('reset'),
    onRefused: () => seen.push('refused'),
  });
  const latest = (): FakeSource => sources.at(-1) ?? new FakeSource();
  return { close, latest, sources, states, seen, timers };
}

describe('openChangeStream', () => {
  it('when the link opens and breaks, it tells so, and the browser mends it', () => {
    const { latest, states, sources } = start();
    latest().say('open');
    latest().say('error');
    latest().say('open');
    expect(states).toEqual(['connecting', 'live', 'reconnecting', 'live']);
    expect(sources).toHaveLength(1);
  });

  it('when changes and a reset arrive, it passes them on in their order', () => {
    const { latest, seen } = start();
    latest().say('reset', '{}');
    latest().say('change', '{"position":"5","kind":"device","id":"d1","at":"2026-01-01T00:00:00.000Z"}');
    expect(seen).toEqual(['reset', 'device d1']);
  });

  it('when a change cannot be read, everything counts as changed', () => {
    const { latest, seen } = start();
    latest().say('change', '{"position":');
    expect(seen).toEqual(['reset']);
  });

  it('when the stream is refused, it is opened anew, each time later, until it opens', () => {
    const { latest, seen, timers, sources } = start();
    latest().refuse();
    timers[0]?.callback();
    latest().refuse();
    expect(timers.map(({ delayMs }) => delayMs)).toEqual([1_000, 2_000]);
    timers[1]?.callback();
    latest().say('open');
    latest().refuse();
    expect(timers.at(-1)?.delayMs).toBe(1_000);
    expect(seen).toEqual(['refused', 'refused', 'refused']);
    expect(sources).toHaveLength(3);
  });

  it('when it is closed, it does not come back', () => {
    const { latest, close, timers } = start();
    latest().refuse();
    close();
    expect(latest().closed).toBe(true);
    expect(timers).toEqual([]);
  });
});
