import { describe, expect, it } from 'vitest';
import { effectivePolicy, policyOptions } from './effective-policy.ts';
import { policyRules } from './rules.ts';

describe('effectivePolicy', () => {
  it('when no layer says anything, every rule has its default and there are no lists', () => {
    const policy = effectivePolicy([{}, {}]);
    expect(policy.rules).toEqual(Object.fromEntries(policyRules.map(({ rule, defaultSeverity }) => [rule, defaultSeverity])));
    expect(policyOptions(policy)).not.toHaveProperty('allowedModules');
  });

  it('when layers differ, the later wins: severities and limits one by one, lists as a whole, null takes a list away', () => {
    const organization = {
      rules: { exec: 'block', lint: 'off' },
      limits: { nodesPerTab: 10, functionLines: 20 },
      allowedModules: ['a'],
      deniedLicences: ['AGPL-*'],
      exactVersions: true,
    } as const;
    const application = { rules: { lint: 'warn' }, limits: { nodesPerTab: 30 }, allowedModules: ['b'], deniedLicences: null } as const;
    const policy = effectivePolicy([
      { ...organization, allowedModules: ['a'], deniedLicences: ['AGPL-*'] },
      { ...application, allowedModules: ['b'] },
      { exactVersions: false },
    ]);
    expect(policy.rules).toMatchObject({ exec: 'block', lint: 'warn' });
    expect(policy).toMatchObject({ allowedModules: ['b'], deniedLicences: null, exactVersions: false });
    expect(policy.limits).toMatchObject({ nodesPerTab: 30, functionLines: 20 });
  });
});
