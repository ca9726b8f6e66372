/** Numbers that the flows declare of themselves: any message that a node sends with the topic `sluice/kpi/<name>` and a number as its payload. */
export type KpiWatch = {
  /** Looks at what an `onSend` hook is given. */
  observe(events: unknown): void;
  /** The last value of each name that was sent lately; undefined when none was. */
  list(): Record<string, number> | undefined;
  /** Other flows run now: what those before declared says nothing about them. */
  clear(): void;
};

const prefix = 'sluice/kpi/';
const namePattern = /^[A-Za-z][A-Za-z0-9_-]{0,62}$/;
const namesMax = 50;
const largest = 1e12;
/** A number that is not sent again says nothing about now. */
const keepMs = 10 * 60_000;

/** @param now milliseconds that never jump */
export function createKpiWatch(now: () => number): KpiWatch {
  const seen = new Map<string, { value: number; at: number }>();
  const note = (event: unknown): void => {
    const message = messageOf(event);
    if (message === undefined || typeof message.topic !== 'string' || !message.topic.startsWith(prefix)) return;
    const name = message.topic.slice(prefix.length);
    const value = message.payload;
    if (typeof value !== 'number' || !(Math.abs(value) <= largest) || !namePattern.test(name)) return;
    if (seen.has(name) || seen.size < namesMax) seen.set(name, { value, at: now() });
  };
  return {
    observe: (events) => {
      if (Array.isArray(events)) for (const event of events) note(event);
      else note(events);
    },
    list: () => {
      for (const [name, { at }] of seen) if (now() - at > keepMs) seen.delete(name);
      return seen.size === 0 ? undefined : Object.fromEntries([...seen].map(([name, { value }]) => [name, value]));
    },
    clear: () => seen.clear(),
  };
}

function messageOf(event: unknown): { topic?: unknown; payload?: unknown } | undefined {
  if (typeof event !== 'object' || event === null || !('msg' in event)) return undefined;
  return typeof event.msg === 'object' && event.msg !== null ? event.msg : undefined;
}
