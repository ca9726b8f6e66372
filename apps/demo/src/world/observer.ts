import type { SeenMessage } from './broker.ts';
import type { PostedCount } from './erp.ts';

/** What one line produced in a span of time, seen from the broker and the ERP. */
export type Production = {
  messages: number;
  /** The longest silence between two state messages in the span, its ends included, in milliseconds. */
  worstGapMs: number;
  /** The flow versions that signed the messages. */
  versions: string[];
  counts: number;
};

type StateSeen = { atMs: number; version: string };

/**
 * Watches the plant from outside of Sluice: everything the lines publish to the broker and post to the ERP.
 * Keeps per line the times of its `state` messages (they come with every poll of the PLC), so that a gap in production is a gap here.
 */
export class PlantObserver {
  readonly #states = new Map<string, StateSeen[]>();
  readonly #counts = new Map<string, number[]>();
  #messages = 0;

  get messages(): number {
    return this.#messages;
  }

  /** Takes a message from the broker. Topics end in `<site>/bottling/<line>/<measure>`. */
  see(message: SeenMessage): void {
    this.#messages++;
    const parts = message.topic.split('/');
    if (parts.at(-1) !== 'state') return;
    const version = (message.payload as { flow?: unknown } | null)?.flow;
    append(this.#states, `${parts.at(-4)}/${parts.at(-2)}`, {
      atMs: message.atMs,
      version: typeof version === 'string' ? version : 'unknown',
    });
  }

  /** Takes a count from the ERP. */
  book(count: PostedCount): void {
    append(this.#counts, `${count.site}/${count.line}`, count.atMs);
  }

  /** When the line last published its state, or null. `line` is `<site>/<line>`. */
  lastStateAt(line: string): number | null {
    return this.#states.get(line)?.at(-1)?.atMs ?? null;
  }

  /** The version of the flow that published last. */
  currentVersion(line: string): string | null {
    return this.#states.get(line)?.at(-1)?.version ?? null;
  }

  /** What the line produced from `fromMs` to `toMs` (monotonic). */
  production(line: string, fromMs: number, toMs: number): Production {
    const states = (this.#states.get(line) ?? []).filter((state) => state.atMs >= fromMs && state.atMs <= toMs);
    const marks = [fromMs, ...states.map((state) => state.atMs), toMs];
    const gaps = marks.slice(1).map((mark, index) => mark - (marks[index] ?? mark));
    return {
      messages: states.length,
      worstGapMs: Math.round(Math.max(0, ...gaps)),
      versions: [...new Set(states.map((state) => state.version))],
      counts: (this.#counts.get(line) ?? []).filter((at) => at >= fromMs && at <= toMs).length,
    };
  }
}

function append<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
