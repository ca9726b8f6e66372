import type { Report } from '@sluice/contracts';
import { describe, expect, it } from 'vitest';
import { type DigestedReport, planReports, type ReportingDevice } from './report-batch.ts';
import { nameCandidates } from './unique-name.ts';

const report = (sequence: number, digest = `digest ${sequence}`): DigestedReport => ({
  report: { sequence, kind: 'event' } as Report,
  digest,
});

const device: ReportingDevice = {
  deviceId: 'd',
  name: 'd',
  approval: 'approved',
  epoch: 2,
  lastSequence: 0,
  desiredRevision: 0,
  digests: new Map(),
};
const batch = (...reports: DigestedReport[]) => ({ deviceId: 'd', organizationId: 'o', epoch: 2, reports });
const sequences = (plan: ReturnType<typeof planReports>) =>
  plan.kind === 'accepted' ? plan.fresh.map((each) => each.report.sequence) : plan;

describe('planReports', () => {
  it('when some were seen, only the others count, and all are acknowledged', () => {
    const known = { ...device, digests: new Map([[1, 'digest 1']]) };
    const plan = planReports(batch(report(1), report(2), report(2), report(5)), known);
    expect(sequences(plan)).toEqual([2, 5]);
    expect(plan).toMatchObject({ acknowledged: 5 });
  });

  it('when one was seen with other content, stored or in the same batch, nothing counts', () => {
    const known = { ...device, digests: new Map([[2, 'other']]) };
    expect(planReports(batch(report(1), report(2)), known)).toEqual({ kind: 'conflict', sequence: 2 });
    expect(planReports(batch(report(1), report(1, 'other')), device)).toEqual({ kind: 'conflict', sequence: 1 });
  });

  it('when the token counts no more, nothing counts, not even a conflict', () => {
    const known = { ...device, digests: new Map([[1, 'other']]) };
    for (const gone of [undefined, { ...known, epoch: 3 }, { ...known, approval: 'revoked' as const }]) {
      expect(planReports(batch(report(1)), gone)).toEqual({ kind: 'revoked' });
    }
  });
});

describe('nameCandidates', () => {
  it('when the wanted name is as long as names may be, every candidate still fits and all are different', () => {
    const names = nameCandidates('x'.repeat(100), '019b0000-0000-7000-8000-00000000000a');
    expect(names[0]).toBe('x'.repeat(100));
    expect(names[1]).toBe(`${'x'.repeat(98)}-2`);
    expect(names.at(-1)).toBe(`${'x'.repeat(87)}-00000000000a`);
    expect(names.every((name) => name.length <= 100)).toBe(true);
    expect(new Set(names).size).toBe(names.length);
  });
});
