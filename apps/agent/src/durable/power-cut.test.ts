import { seededRandom } from '@sluice/platform/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PowerCut, SimulatedDisk } from '../../test/support/simulated-disk.ts';
import { openJournal } from './journal.ts';
import { openTwinFile } from './twin-file.ts';
import { pointLink, writeDurably } from './write.ts';

const parseNumber = (value: unknown): number => {
  if (typeof value !== 'number') throw new Error('not a number');
  return value;
};

/** Runs work in which the power may fail; true when it did. */
async function withPowerCut(disk: SimulatedDisk, after: number, work: () => Promise<void>): Promise<boolean> {
  disk.cutPowerAfter(after);
  try {
    await work();
    return false;
  } catch (error) {
    if (!(error instanceof PowerCut)) throw error;
    return true;
  } finally {
    disk.restart();
  }
}

type Store = { last: () => number | undefined; put: (value: number) => Promise<void> };
const stores: Record<string, (disk: SimulatedDisk) => Promise<Store>> = {
  'the journal': async (disk) => {
    const journal = await openJournal(disk.fileSystem, '/agent/journal', parseNumber);
    return { last: journal.last, put: journal.append };
  },
  'a twin file': async (disk) => {
    const file = await openTwinFile(disk.fileSystem, '/agent/trust', parseNumber);
    return { last: file.read, put: file.write };
  },
  'a file that is replaced': async (disk) => {
    await disk.fileSystem.makeFolder('/agent');
    const bytes = await disk.fileSystem.read('/agent/file');
    return {
      last: () => (bytes === undefined ? undefined : Number(Buffer.from(bytes).toString('utf8'))),
      put: (value) => writeDurably(disk.fileSystem, '/agent/file', String(value)),
    };
  },
  'a link that is moved': async (disk) => {
    await disk.fileSystem.makeFolder('/agent');
    const target = await disk.fileSystem.readLink('/agent/current');
    return {
      last: () => (target === undefined ? undefined : Number(target)),
      put: (value) => pointLink(disk.fileSystem, '/agent/current', String(value)),
    };
  },
};

describe.each(Object.entries(stores))('%s', (_name, open) => {
  it('when the power fails at any moment, it holds what was written last or what was just being written', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), fc.array(fc.nat(40), { minLength: 1, maxLength: 12 }), async (seed, cuts) => {
        const disk = new SimulatedDisk(seededRandom(seed));
        // The folders are there from the installation on.
        await disk.fileSystem.makeFolder('/agent/journal');
        await disk.fileSystem.makeFolder('/agent/trust');
        for (const folder of ['/', '/agent']) await disk.fileSystem.syncFolder(folder);
        let acknowledged: number | undefined;
        let attempted: number | undefined;
        let next = 1;
        for (const cut of cuts) {
          await withPowerCut(disk, cut, async () => {
            const store = await open(disk);
            expect([acknowledged, attempted]).toContain(store.last());
            acknowledged = store.last();
            for (let count = 0; count < 8; count += 1) {
              attempted = next;
              next += 1;
              await store.put(attempted);
              acknowledged = attempted;
            }
          });
        }
        const store = await open(disk);
        expect([acknowledged, attempted]).toContain(store.last());
      }),
      { numRuns: 300 },
    );
  });
});

describe('the journal', () => {
  it('when its end is torn, it cuts that off and goes on after what is whole', async () => {
    const disk = new SimulatedDisk(seededRandom(1));
    const journal = await openJournal(disk.fileSystem, '/journal', parseNumber);
    await journal.append(1);
    await journal.append(2);
    const bytes = Buffer.from((await disk.fileSystem.read('/journal/journal')) ?? '');
    await disk.fileSystem.write('/journal/journal', bytes.subarray(0, bytes.length - 3));
    const reopened = await openJournal(disk.fileSystem, '/journal', parseNumber);
    expect([reopened.last(), reopened.damaged]).toEqual([1, true]);
    await reopened.append(3);
    const again = await openJournal(disk.fileSystem, '/journal', parseNumber);
    expect([again.last(), again.damaged]).toEqual([3, false]);
  });

  it('when it becomes long, it is compacted and keeps its last record', async () => {
    const disk = new SimulatedDisk(seededRandom(1));
    const journal = await openJournal(disk.fileSystem, '/journal', (value) => value as string);
    const long = 'x'.repeat(10_000);
    for (let count = 0; count < 20; count += 1) await journal.append(`${count} ${long}`);
    expect((await disk.fileSystem.stat('/journal/journal'))?.size).toBeLessThan(70_000);
    const reopened = await openJournal(disk.fileSystem, '/journal', (value) => value as string);
    expect(reopened.last()).toBe(`19 ${long}`);
  });
});
