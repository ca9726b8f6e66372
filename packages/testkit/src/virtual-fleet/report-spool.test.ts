import { expect, it } from 'vitest';
import { createReportSpool, type UnsequencedReport } from './report-spool.ts';

const event = (message: string): UnsequencedReport => ({
  kind: 'event',
  at: '2026-01-01T00:00:00.000Z',
  level: 'info',
  code: 'TEST',
  message,
});

it('when nothing was acknowledged, the same batch is given again, sequences without gaps', () => {
  const spool = createReportSpool();
  for (const message of ['a', 'b', 'c']) spool.add(event(message));
  const first = spool.nextBatch();
  expect(first.map((report) => report.sequence)).toEqual([1, 2, 3]);
  expect(spool.nextBatch()).toEqual(first);
  expect(spool.size()).toBe(3);
});

it('when a part was acknowledged, the rest waits under its old sequences, and new reports follow it', () => {
  const spool = createReportSpool();
  for (const message of ['a', 'b', 'c']) spool.add(event(message));
  expect(spool.acknowledge(2).map((report) => report.sequence)).toEqual([1, 2]);
  spool.add(event('d'));
  expect(spool.nextBatch().map((report) => report.sequence)).toEqual([3, 4]);
  // An answer that arrives twice takes nothing away.
  expect(spool.acknowledge(2)).toEqual([]);
  expect(spool.size()).toBe(2);
});

it('when many reports wait, a batch is no larger than the control plane takes', () => {
  const spool = createReportSpool();
  for (let count = 0; count < 250; count += 1) spool.add(event(String(count)));
  expect(spool.nextBatch()).toHaveLength(100);
  spool.acknowledge(100);
  expect(spool.nextBatch()[0]?.sequence).toBe(101);
});
