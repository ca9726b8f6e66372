import { silentLog } from '@sluice/platform';
import { VirtualClock } from '@sluice/platform/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { createDeviceEntry, type DeviceEntry } from './device-entry.ts';
import { createPresenceWriter, type PresenceWriter } from './presence-writer.ts';

let clock: VirtualClock;
let writes: Map<string, number>[];
let fails: boolean;
let writer: PresenceWriter;

beforeEach(() => {
  clock = new VirtualClock();
  [writes, fails] = [[], false];
  writer = createPresenceWriter({
    write: async (seen) => {
      if (fails) throw new Error('no database');
      writes.push(new Map(seen));
    },
    clock,
    log: silentLog,
    flushEveryMs: 1_000,
    batchSizeMax: 2,
    queueSizeMax: 4,
  });
});

const entryOf = (deviceId: string): DeviceEntry =>
  createDeviceEntry(
    { deviceId, organizationId: 'o', approval: 'approved', epoch: 1, revision: 1, captureId: null, logRequestId: null, ahead: false },
    1_000,
  );

describe('createPresenceWriter', () => {
  it('when a device comes often, also under a new entry, it is written once with its last time', async () => {
    const [first, second] = [entryOf('a'), entryOf('a')];
    writer.touch(first, 1);
    writer.touch(first, 2);
    writer.touch(second, 3);
    await clock.advance(1_000);
    expect(writes).toEqual([new Map([['a', 3]])]);
    writer.touch(first, 4);
    await clock.advance(1_000);
    expect(writes[1]).toEqual(new Map([['a', 4]]));
  });

  it('when nobody comes, nothing is armed', async () => {
    writer.touch(entryOf('a'), 1);
    await clock.advance(1_000);
    expect(clock.pending).toBe(0);
  });

  it('when many come, they are written in parts, and not more than the queue holds', async () => {
    for (const deviceId of ['a', 'b', 'c', 'd', 'e']) writer.touch(entryOf(deviceId), 1);
    await clock.advance(1_000);
    expect(writes.map((write) => write.size)).toEqual([2, 2]);
  });

  it('when writing fails, later ones are written again', async () => {
    fails = true;
    const entry = entryOf('a');
    writer.touch(entry, 1);
    await clock.advance(1_000);
    fails = false;
    writer.touch(entry, 2);
    await clock.advance(1_000);
    expect(writes).toEqual([new Map([['a', 2]])]);
  });

  it('when it closes, what is due is written', async () => {
    writer.touch(entryOf('a'), 1);
    await writer.close();
    expect(writes).toHaveLength(1);
    expect(clock.pending).toBe(0);
  });
});
