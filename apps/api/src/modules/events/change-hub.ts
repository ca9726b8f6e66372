// INVARIANTS
// 1. All streams of a process share one connection to the database; without streams it is not opened.
// 2. A subscriber gets every change of its organization that is committed after its position, in batches, each with the position to resume from.
// 3. When the connection is lost, reading goes on from the last position on a new one: nothing is missed.
import type { CancelTimer, Clock, Log } from '@sluice/platform';
import type { Change, ChangeBatch, ChangeFeed, ChangeFeedOptions } from '@sluice/store';

export type ChangeListener = (batch: ChangeBatch) => void;

/** A place in the hub: `position` is where its first batch begins. */
export type ChangeSubscription = { position: string; cancel(): void };

export type ChangeHub = {
  /** @throws StoreUnavailableError when the database cannot be reached */
  subscribe(organizationId: string, listener: ChangeListener): Promise<ChangeSubscription>;
  close(): void;
};

export type ChangeHubDependencies = {
  openFeed(options: ChangeFeedOptions): Promise<ChangeFeed>;
  clock: Pick<Clock, 'setTimer'>;
  log: Log;
};

/** Notifications may be lost with a process that dies after its commit, so the hub also looks by itself. */
const pollMs = 5_000;
const reconnectMs = 1_000;

class Hub implements ChangeHub {
  readonly #deps: ChangeHubDependencies;
  readonly #listeners = new Map<string, Set<ChangeListener>>();
  #feed: ChangeFeed | undefined;
  #opening: Promise<ChangeFeed> | undefined;
  #position: string | undefined;
  #reading = false;
  #again = false;
  #cancelTimer: CancelTimer = () => undefined;
  #closed = false;

  constructor(deps: ChangeHubDependencies) {
    this.#deps = deps;
  }

  async subscribe(organizationId: string, listener: ChangeListener): Promise<ChangeSubscription> {
    const feed = await this.#open();
    const listeners = this.#listeners.get(organizationId) ?? new Set();
    this.#listeners.set(organizationId, listeners);
    listeners.add(listener);
    const cancel = (): void => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(organizationId);
    };
    return { position: feed.position(), cancel };
  }

  close(): void {
    this.#closed = true;
    this.#cancelTimer();
    this.#feed?.close();
    this.#listeners.clear();
  }

  #open(): Promise<ChangeFeed> {
    if (this.#feed !== undefined) return Promise.resolve(this.#feed);
    this.#opening ??= this.#connect().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  async #connect(): Promise<ChangeFeed> {
    const feed = await this.#deps.openFeed({
      ...(this.#position === undefined ? {} : { since: this.#position }),
      onNotification: () => void this.#read(),
      onLost: (error) => this.#lose(error),
    });
    this.#feed = feed;
    this.#position = feed.position();
    if (this.#closed) feed.close();
    this.#wait(0);
    return feed;
  }

  #wait(delayMs: number): void {
    this.#cancelTimer();
    if (this.#closed) return;
    this.#cancelTimer = this.#deps.clock.setTimer(delayMs, () => void this.#look());
  }

  /** Reads, or connects again first. */
  async #look(): Promise<void> {
    try {
      await this.#open();
      await this.#read();
      this.#wait(pollMs);
    } catch (error) {
      this.#deps.log.warn({ err: error }, 'changes cannot be read; trying again');
      this.#wait(reconnectMs);
    }
  }

  async #read(): Promise<void> {
    if (this.#reading) {
      this.#again = true;
      return;
    }
    this.#reading = true;
    try {
      do {
        this.#again = false;
        const feed = this.#feed;
        if (feed === undefined) return;
        const batch = await feed.read();
        this.#position = batch.position;
        this.#deliver(batch);
      } while (this.#again);
    } catch (error) {
      this.#lose(error instanceof Error ? error : new Error(String(error)));
    } finally {
      this.#reading = false;
    }
  }

  #lose(error: Error): void {
    if (this.#feed === undefined || this.#closed) return;
    this.#deps.log.warn({ err: error }, 'the connection that listens for changes was lost');
    this.#feed.close();
    this.#feed = undefined;
    this.#wait(reconnectMs);
  }

  #deliver(batch: ChangeBatch): void {
    const byOrganization: Map<string, Change[]> = Map.groupBy(batch.changes, (change) => change.organizationId);
    for (const [organizationId, changes] of byOrganization) {
      for (const listener of this.#listeners.get(organizationId) ?? []) listener({ position: batch.position, changes });
    }
  }
}

/** Makes the hub that all event streams of this process share. */
export function createChangeHub(deps: ChangeHubDependencies): ChangeHub {
  return new Hub(deps);
}
