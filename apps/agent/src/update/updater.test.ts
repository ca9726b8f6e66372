import { VirtualClock } from '@sluice/platform/testing';
import { expect, it } from 'vitest';
import { createSignedTime } from '../control-plane/signed-time.ts';
import type { Journal } from '../durable/journal.ts';
import type { Installation } from '../install/installation.ts';
import { initialTrustState, type TrustState } from '../trust-state.ts';
import type { UpdateContext } from './context.ts';
import { idleRecord, type JournalRecord } from './record.ts';
import { createUpdater } from './updater.ts';

const assignment = {
  deploymentId: 'd',
  attempt: 1,
  revision: 3,
  releaseDigest: 'new',
  configurationDigest: null,
  windows: [{ opensAt: '2030-01-01T00:00:00.000Z', closesAt: '2030-01-02T00:00:00.000Z' }],
} as JournalRecord['assignment'];

/** An update that waits for its window, on a device whose parts do nothing; `previous`: what it could go back to. */
function waiting(previous: string | null) {
  const clock = new VirtualClock();
  let state: TrustState = { ...initialTrustState, committed: 'now' };
  const trust = {
    read: () => state,
    root: () => undefined,
    update: async (change: (before: TrustState) => TrustState) => {
      state = change(state);
    },
  };
  const records: JournalRecord[] = [{ ...idleRecord, state: 'WAIT_WINDOW', assignment, target: 'new', from: 'now' }];
  const journal = {
    last: () => records.at(-1),
    append: async (record: JournalRecord) => void records.push(record),
  } as Journal<JournalRecord>;
  const nothing = async (): Promise<void> => undefined;
  const context = {
    clock,
    trust,
    signedTime: createSignedTime({ clock, trust }),
    refreshTime: nothing,
    reporter: { deployment: nothing, event: nothing },
    installations: { previous: async () => previous, current: async () => 'now', read: async () => undefined },
    supervisor: { ensure: nothing, wanted: () => null, health: () => null },
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
  } as unknown as UpdateContext;
  const updater = createUpdater(context, journal);
  const controller = new AbortController();
  void updater.run(controller.signal);
  return { clock, updater, records, stop: () => controller.abort() };
}

const dying = { name: 'now', releaseName: 'v1' } as Installation;

it('when what runs keeps ending while an update waits for its window, the device goes back at once', async () => {
  const { clock, updater, records, stop } = waiting('before');
  await clock.advance(10_000);
  updater.giveUp(dying);
  await clock.advance(10_000);
  expect(records.map(({ state }) => state).slice(0, 5)).toEqual(['WAIT_WINDOW', 'REPORT', 'GC', 'IDLE', 'ROLL_BACK']);
  expect(records[1]).toMatchObject({ outcome: 'failed', failure: { code: 'RUNTIME_CRASH_LOOP' } });
  expect(records[4]).toMatchObject({ target: 'now', from: 'before' });
  stop();
});

it('when there is nothing to go back to, the update is the way out and waits on', async () => {
  const { clock, updater, records, stop } = waiting(null);
  await clock.advance(10_000);
  updater.giveUp(dying);
  await clock.advance(3_600_000);
  expect(records.map(({ state }) => state)).toEqual(['WAIT_WINDOW']);
  stop();
});

it('when something else is assigned while it waits, that is begun; the same release under a new revision is not', async () => {
  const { clock, updater, records, stop } = waiting('before');
  if (assignment === null) throw new Error('it is there');
  updater.offer({ ...assignment, revision: 4 });
  await clock.advance(10_000);
  expect(records).toHaveLength(1);
  updater.offer({ ...assignment, revision: 5, releaseDigest: 'other' });
  await clock.advance(0);
  expect(records[1]).toMatchObject({ state: 'REPORT', failure: { code: 'SUPERSEDED' } });
  stop();
});
