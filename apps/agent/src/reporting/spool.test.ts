import type { Report } from '@sluice/contracts';
import { seededRandom } from '@sluice/platform/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PowerCut, SimulatedDisk } from '../../test/support/simulated-disk.ts';
import { type DurableReport, openSpool, type PendingHealth, type Spool, withoutOldEvents } from './spool.ts';

const at = '2026-01-01T00:00:00.000Z';
const event = (text: string): DurableReport => ({ kind: 'event', at, level: 'info', code: 'TEST', message: text });
const health = (revision: number): PendingHealth => ({
  kind: 'health',
  at,
  revision,
  running: null,
  previous: null,
  verdict: { state: 'unknown', reasons: [] },
  runtime: null,
});

/** A control plane that remembers what came under which sequence. */
class Receiver {
  readonly received: Report[] = [];
  take(batch: readonly Report[]): number {
    for (const report of batch) {
      const known = this.received[report.sequence - 1];
      if (known === undefined) {
        expect(report.sequence).toBe(this.received.length + 1);
        this.received.push(report);
      } else expect(report).toEqual(known);
    }
    return batch.at(-1)?.sequence ?? 0;
  }
  get messages(): string[] {
    return this.received.flatMap((report) => (report.kind === 'event' ? [report.message] : []));
  }
}

async function open(disk: SimulatedDisk): Promise<Spool> {
  return openSpool(disk.fileSystem, '/agent/spool');
}

async function newDisk(seed = 1): Promise<SimulatedDisk> {
  const disk = new SimulatedDisk(seededRandom(seed));
  await disk.fileSystem.makeFolder('/agent/spool/progress');
  for (const folder of ['/', '/agent', '/agent/spool']) await disk.fileSystem.syncFolder(folder);
  return disk;
}

describe('the spool', () => {
  it('when the power fails at any moment, every report arrives, in order, and no sequence ever carries two contents', async () => {
    const actions = fc.array(fc.constantFrom('add', 'health', 'send', 'send without answer'), { minLength: 5, maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(fc.integer(), fc.array(fc.tuple(fc.nat(60), actions), { minLength: 1, maxLength: 6 }), async (seed, lives) => {
        const disk = await newDisk(seed);
        const receiver = new Receiver();
        const promised: string[] = [];
        let uncertain: string | undefined;
        let count = 0;
        const act = async (spool: Spool, action: string): Promise<void> => {
          if (action === 'health') spool.offerHealth(health(count));
          if (action === 'add') {
            count += 1;
            uncertain = String(count);
            await spool.add(event(uncertain));
            promised.push(uncertain);
            uncertain = undefined;
          }
          if (!action.startsWith('send')) return;
          const batch = await spool.nextBatch();
          if (batch === undefined) return;
          const sequence = receiver.take(batch);
          if (action === 'send') await spool.acknowledge(sequence);
        };
        const uncertains: string[] = [];
        for (const [cut, life] of lives) {
          disk.cutPowerAfter(cut);
          try {
            const spool = await open(disk);
            for (const action of life) await act(spool, action);
          } catch (error) {
            if (!(error instanceof PowerCut)) throw error;
          }
          if (uncertain !== undefined) uncertains.push(uncertain);
          uncertain = undefined;
          disk.restart();
        }
        const spool = await open(disk);
        for (let batch = await spool.nextBatch(); batch !== undefined; batch = await spool.nextBatch()) {
          await spool.acknowledge(receiver.take(batch));
        }
        // What was being added when the power failed may have arrived or not; all else has, once, in order.
        expect(receiver.messages.filter((message) => !uncertains.includes(message))).toEqual(promised);
        expect(spool.hasWork()).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  it('when health is offered again before it was sent, only the latest is sent, after all else', async () => {
    const spool = await open(await newDisk());
    spool.offerHealth(health(1));
    await spool.add(event('a'));
    spool.offerHealth(health(2));
    const batch = await spool.nextBatch();
    expect(batch?.map(({ kind, sequence }) => [kind, sequence])).toEqual([
      ['event', 1],
      ['health', 2],
    ]);
    expect(batch?.[1]).toMatchObject({ revision: 2 });
  });

  it('when an answer was lost, the very same batch is sent again even if there is more by now', async () => {
    const disk = await newDisk();
    const spool = await open(disk);
    await spool.add(event('a'));
    spool.offerHealth(health(1));
    const first = await spool.nextBatch();
    const reopened = await open(disk);
    await reopened.add(event('b'));
    reopened.offerHealth(health(2));
    expect(await reopened.nextBatch()).toEqual(first);
    await reopened.acknowledge(2);
    expect((await reopened.nextBatch())?.map((report) => report.sequence)).toEqual([3, 4]);
  });

  it('when the control plane refuses a batch whole, what has to arrive still does, under the same sequences', async () => {
    const spool = await open(await newDisk());
    await spool.add(event('bad'));
    await spool.add({ kind: 'deployment', at, deploymentId: 'd', attempt: 1, state: 'succeeded' });
    spool.offerHealth(health(1));
    await spool.nextBatch();
    await spool.lighten();
    const batch = await spool.nextBatch();
    expect(batch).toMatchObject([
      { kind: 'deployment', sequence: 1 },
      { kind: 'event', sequence: 2, code: 'REPORTS_DROPPED', message: expect.stringContaining('2 reports') },
    ]);
    await spool.lighten();
    expect((await spool.nextBatch())?.length).toBe(2);
    await spool.acknowledge(2);
    expect(spool.hasWork()).toBe(false);
  });

  it('when there are too many events, the oldest go and everything about deployments stays', () => {
    const deployment: DurableReport = { kind: 'deployment', at, deploymentId: 'd', attempt: 1, state: 'accepted' };
    const entries = Array.from({ length: 3_000 }, (_, number) => ({
      number,
      report: number % 2 === 0 ? deployment : event(String(number)),
    }));
    const kept = withoutOldEvents(entries);
    expect(kept.filter((entry) => entry.report.kind === 'deployment')).toHaveLength(1_500);
    expect(kept.find((entry) => entry.report.kind === 'event')?.number).toBe(1_001);
  });

  it('when it overflows, it is compacted on the disk too', async () => {
    const disk = await newDisk();
    const spool = await open(disk);
    for (let count = 0; count < 4_100; count += 1) await spool.add(event(String(count)));
    const receiver = new Receiver();
    const reopened = await open(disk);
    for (let batch = await reopened.nextBatch(); batch !== undefined; batch = await reopened.nextBatch()) {
      await reopened.acknowledge(receiver.take(batch));
    }
    expect(receiver.messages.at(-1)).toBe('4099');
    expect(receiver.messages.length).toBeLessThan(1_200);
  });
});
