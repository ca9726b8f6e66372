/** Virtual time: events in order of (time, order of scheduling). Nothing ever waits for a real clock. */
export interface Timeline {
  /** Now, in virtual epoch milliseconds. */
  now(): number;
  /** Runs `event` `delayMs` from now. */
  after(delayMs: number, event: () => void): void;
  /** Runs the next event; false when there is none left. */
  step(): boolean;
}

interface Entry {
  readonly at: number;
  readonly order: number;
  readonly event: () => void;
}

const isBefore = (a: Entry, b: Entry): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

/** A timeline that starts at `start`, kept as a binary heap. */
export function createTimeline(start: number): Timeline {
  const heap: Entry[] = [];
  let now = start;
  let order = 0;
  return {
    now: () => now,
    after(delayMs, event) {
      push(heap, { at: now + Math.max(0, delayMs), order: order++, event });
    },
    step() {
      const first = pop(heap);
      if (first === undefined) return false;
      now = first.at;
      first.event();
      return true;
    },
  };
}

function push(heap: Entry[], entry: Entry): void {
  let place = heap.length;
  heap.push(entry);
  while (place > 0) {
    const parentPlace = (place - 1) >> 1;
    const parent = heap[parentPlace];
    if (parent === undefined || isBefore(parent, entry)) break;
    heap[place] = parent;
    place = parentPlace;
  }
  heap[place] = entry;
}

function pop(heap: Entry[]): Entry | undefined {
  const first = heap[0];
  const last = heap.pop();
  if (first === undefined || last === undefined || heap.length === 0) return first;
  let place = 0;
  for (;;) {
    const leftPlace = 2 * place + 1;
    const [left, right] = [heap[leftPlace], heap[leftPlace + 1]];
    if (left === undefined) break;
    const useRight = right !== undefined && isBefore(right, left);
    const child = useRight ? right : left;
    if (!isBefore(child, last)) break;
    heap[place] = child;
    place = useRight ? leftPlace + 1 : leftPlace;
  }
  heap[place] = last;
  return first;
}
