import { silentLog } from '@sluice/platform';
import { VirtualClock } from '@sluice/platform/testing';
import { type ReportBatch, StoreUnavailableError } from '@sluice/store';
import { beforeEach, describe, expect, it } from 'vitest';
import { createReportIntake, type ReportIntake } from './report-intake.ts';

let clock: VirtualClock;
let groups: string[][];
let poison: Set<string>;
let failure: Error | undefined;
let gate: Promise<void>;
let intake: ReportIntake;

beforeEach(() => {
  clock = new VirtualClock();
  [groups, poison, failure, gate] = [[], new Set(), undefined, Promise.resolve()];
  intake = createReportIntake({
    commit: async (batches) => {
      const names = batches.map((batch) => batch.deviceId);
      groups.push(names);
      await gate;
      if (failure !== undefined) throw failure;
      if (names.some((name) => poison.has(name))) throw new Error('poison');
      const outcomes = batches.map((batch) => ({ kind: 'accepted' as const, acknowledged: batch.epoch, refused: [] }));
      return { outcomes, rolloutIds: [] };
    },
    onRollout: async () => undefined,
    clock,
    log: silentLog,
    delayMs: 3,
    groupSizeMax: 3,
    concurrencyMax: 1,
    queueSizeMax: 5,
  });
});

/** `epoch` tells batches of one device apart. */
const batch = (deviceId: string, epoch = 1): ReportBatch => ({ deviceId, organizationId: 'o', epoch, reports: [] });

describe('createReportIntake', () => {
  it('when batches arrive within a moment, one commit holds all of them, as many as fit', async () => {
    const answers = ['a', 'b', 'c', 'd'].map((deviceId) => intake.submit(batch(deviceId)));
    await clock.advance(3);
    expect(groups).toEqual([['a', 'b', 'c'], ['d']]);
    expect((await Promise.all(answers)).every((answer) => answer.kind === 'accepted')).toBe(true);
  });

  it('when a device sends several batches, they are written one after another in their order', async () => {
    const answers = [1, 2, 3].map((epoch) => intake.submit(batch('a', epoch)));
    await clock.advance(3);
    expect(groups).toEqual([['a'], ['a'], ['a']]);
    expect(await Promise.all(answers)).toMatchObject([{ acknowledged: 1 }, { acknowledged: 2 }, { acknowledged: 3 }]);
  });

  it('when one batch cannot be stored, only its device is refused', async () => {
    poison.add('b');
    const answers = ['a', 'b', 'c'].map((deviceId) => intake.submit(batch(deviceId)));
    const settled = Promise.allSettled(answers);
    await clock.advance(3);
    expect((await settled).map((answer) => answer.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(groups).toEqual([['a', 'b', 'c'], ['a'], ['b'], ['c']]);
  });

  it('when the database is away, nobody is tried again', async () => {
    failure = new StoreUnavailableError('away');
    const settled = Promise.allSettled(['a', 'b'].map((deviceId) => intake.submit(batch(deviceId))));
    await clock.advance(3);
    expect((await settled).map((answer) => answer.status)).toEqual(['rejected', 'rejected']);
    expect(groups).toHaveLength(1);
  });

  it('when a commit is under way, what arrives meanwhile waits and goes together; more than the queue holds is refused', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    gate = promise;
    const first = intake.submit(batch('a'));
    await clock.advance(3);
    const others = ['b', 'c', 'd', 'e', 'f'].map((deviceId) => intake.submit(batch(deviceId)));
    await expect(intake.submit(batch('g'))).rejects.toThrow('too many');
    await clock.advance(100);
    expect(groups).toEqual([['a']]);
    resolve();
    await Promise.all([first, ...others]);
    expect(groups).toEqual([['a'], ['b', 'c', 'd'], ['e', 'f']]);
  });
});
