import { createHash, randomUUID } from 'node:crypto';
import { PluginFailure } from './failure.ts';

/** A request for a snapshot: with the key under which the control plane answers it once. */
export type Attempt = { key: string; body: object };

export type Attempts = {
  /** The attempt that got no answer, when it was about the same; else a new one. */
  of(content: unknown, makeBody: () => object): Attempt;
  /** Sends it; only a lost answer leaves it to be tried again. */
  send<T>(post: () => Promise<T>): Promise<T>;
};

/**
 * Remembers the request whose answer got lost, byte for byte: credentials that are sealed again look different, and the control plane would take
 * the same snapshot for another one.
 */
export function createAttempts(): Attempts {
  let last: { digest: string; attempt: Attempt } | undefined;
  return {
    of: (content, makeBody) => {
      const digest = createHash('sha256').update(JSON.stringify(content)).digest('hex');
      if (last?.digest !== digest) last = { digest, attempt: { key: randomUUID(), body: makeBody() } };
      return last.attempt;
    },
    send: async (post) => {
      try {
        const answer = await post();
        last = undefined;
        return answer;
      } catch (error) {
        const isLost = error instanceof PluginFailure && (error.code === 'OFFLINE' || error.code === 'TIMEOUT');
        if (!isLost) last = undefined;
        throw error;
      }
    },
  };
}
