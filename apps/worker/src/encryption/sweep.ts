import type { Clock, Log } from '@sluice/platform';
import {
  destroyUnusedKey,
  ensureEncryptionKey,
  isEncryptionDue,
  type Keyring,
  listOrganizationsWithoutKey,
  listRetiringKeys,
  reencryptBatch,
  type SealedPlace,
  type Store,
  sealedPlaces,
} from '@sluice/store';
import { type RepeatDeps, repeat } from '../repeat.ts';

export type EncryptionDeps = { store: Store; keyring: Keyring; log: Log };

/** Secrets that one transaction seals anew: so much is lost, and nothing else, when it is killed. */
const batchSize = 200;

async function reencrypt({ store, keyring, log }: EncryptionDeps, place: SealedPlace, signal: AbortSignal): Promise<number> {
  const without: string[] = [];
  let total = 0;
  for (;;) {
    if (signal.aborted) return total;
    const { count, failed } = await store.transaction((tx) => reencryptBatch(tx, keyring, place, { limit: batchSize, without }));
    for (const { at, identity, error } of failed) {
      without.push(at);
      log.error({ err: error, identity }, 'a secret does not open and could not be sealed anew: its old key stays');
    }
    total += count;
    if (count === 0 && failed.length === 0) return total;
  }
}

/**
 * Brings everything that is sealed to the active key of its organization, batch by batch, and destroys keys that nothing needs any more. It can be
 * killed at any moment: what is done is done, everything stays readable, and the next one goes on.
 */
export async function sweepEncryption(deps: EncryptionDeps, signal: AbortSignal): Promise<void> {
  const { store, keyring, log } = deps;
  while (!signal.aborted && (await store.transaction((tx) => keyring.rewrap(tx, batchSize))) > 0);
  for (const organizationId of await listOrganizationsWithoutKey(store)) {
    await store.transaction((tx) => ensureEncryptionKey(tx, { organizationId, keyring }));
  }
  for (const place of sealedPlaces) {
    const count = await reencrypt(deps, place, signal);
    if (count > 0) log.info({ what: place.what, count }, 'secrets were sealed anew');
  }
  for (const key of await listRetiringKeys(store)) {
    if (signal.aborted) return;
    if (await store.transaction((tx) => destroyUnusedKey(tx, key))) log.info({ key: key.id }, 'a key was destroyed');
  }
}

/** What was sealed by a process that did not know of a key yet is looked for so often. Milliseconds. */
const fullSweepMs = 3_600_000;

export type EncryptionLoopDeps = EncryptionDeps & RepeatDeps & { clock: Pick<Clock, 'monotonic'> };

/** Sweeps at the start, every hour, and when keys were rotated, until the signal aborts. */
export function runEncryptionLoop(deps: EncryptionLoopDeps): Promise<void> {
  const { store, keyring, clock, signal } = deps;
  let fullAt = Number.NEGATIVE_INFINITY;
  return repeat(deps, 'could not seal secrets anew; trying again', async () => {
    const isFull = clock.monotonic() >= fullAt;
    if (!isFull && !(await isEncryptionDue(store, keyring.masterKeyId))) return;
    await sweepEncryption(deps, signal);
    if (isFull) fullAt = clock.monotonic() + fullSweepMs;
  });
}
