import type { PolicyFinding } from '@sluice/contracts';
import { describe, expect, it } from 'vitest';
import { groupFindings } from './finding-groups.ts';

const finding = (rule: PolicyFinding['rule'], severity: PolicyFinding['severity'], subject: string): PolicyFinding => ({
  rule,
  severity,
  subject,
  message: 'Found',
  why: 'Why',
  fix: 'Fix',
});
const waiver = {
  id: '00000000-0000-7000-8000-000000000000',
  reason: 'Only in the cell',
  by: 'Ada',
  at: '2026-11-22T00:00:00.000Z',
  expiresAt: null,
};

describe('groupFindings', () => {
  it('when findings are mixed, what blocks comes first, what is waived last, and rules keep their order', () => {
    const groups = groupFindings([
      finding('exec', 'warn', 'a'),
      { ...finding('secret_in_plain_text', 'block', 'b'), waiver },
      finding('no_catch', 'warn', 'c'),
      finding('secret_in_plain_text', 'block', 'd'),
      finding('exec', 'warn', 'e'),
    ]);
    expect(groups.map(({ group, rule, findings }) => [group, rule, findings.map(({ subject }) => subject)])).toEqual([
      ['block', 'secret_in_plain_text', ['d']],
      ['warn', 'exec', ['a', 'e']],
      ['warn', 'no_catch', ['c']],
      ['waived', 'secret_in_plain_text', ['b']],
    ]);
  });
});
