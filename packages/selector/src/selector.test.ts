import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchesSelector, parseSelector, type SelectorSubject, selectorLimits, versionOrder } from './index.ts';

const device: SelectorSubject = {
  labels: { site: 'ulm', tier: 'a', slots: '10', firmware: '2.4.0-rc.1', empty: '' },
  facts: {
    '@name': 'Press 4, "left"',
    '@approval': 'approved',
    '@health': 'healthy',
    '@application': 'line',
    '@release': 'v3',
    '@application/release': 'line/v3',
    '@counter': '12',
    '@digest': 'a'.repeat(64),
    '@node-red': '4.1.1',
    '@node': '24.0.0',
    '@agent': null,
  },
  unseenMs: 3_600_000,
};

function matches(text: string, subject: SelectorSubject = device): boolean {
  const parsed = parseSelector(text);
  if ('problem' in parsed) throw new Error(parsed.problem.message);
  return matchesSelector(parsed.selector, subject);
}

describe('what a selector selects', () => {
  it.each([
    'site=ulm',
    'site==ulm',
    ' site = ulm , tier in ( a , b ) ,!retired,env!=dev ',
    'tier notin (c),missing notin (a)',
    'in!=x,notin!=x,!in',
    'empty=,empty in (),empty',
    'slots>9,slots<10.1,slots>=10,slots<=10',
    'firmware<2.4,firmware>2.4.0-beta.20',
    '@name="Press 4, \\"left\\""',
    '@health=healthy,@approval in (approved,pending)',
    '@release=v3,@release in (line/v2,line/v3),@application!=oven',
    `@counter>9,@counter=012,@digest!=${'b'.repeat(64)}`,
    '@node-red>=4,@node-red<5,@node-red=4.1.1,@node>20',
    '!@agent,@agent!=1.0.0,@seen',
    '@seen>59m,@seen<=1h',
  ])('when it is %j, it takes the device', (text) => {
    expect(matches(text)).toBe(true);
  });

  it.each([
    'site=graz',
    '!site',
    'missing',
    'missing=',
    'tier notin (a,b)',
    'slots>10',
    'site>1',
    'missing<9',
    'firmware>=2.4',
    '@agent<9',
    '@agent',
    '@release=line/v2',
    '@seen>2h',
    'toString',
    'site=ulm,tier=b',
  ])('when it is %j, it leaves the device out', (text) => {
    expect(matches(text)).toBe(false);
  });

  it('when a device was never seen, it counts as unseen for any time', () => {
    const silent = { ...device, unseenMs: null };
    expect(['@seen>9999w', '@seen', '@seen<1w', '!@seen'].map((text) => matches(text, silent))).toEqual([true, false, false, true]);
  });
});

describe('how versions are ordered', () => {
  it('when they are compared as texts, they are in the order of Semantic Versioning', () => {
    const ordered = [
      'v1',
      '1.0.1-alpha',
      '1.0.1-alpha.1',
      '1.0.1-alpha.beta',
      '1.0.1-beta.2',
      '1.0.1-beta.11',
      '1.0.1-rc.1',
      '1.0.1',
      '1.2',
      '1.10.0+b',
      '11',
    ];
    expect(ordered.map(versionOrder)).toEqual(ordered.map(versionOrder).sort());
    expect(new Set(ordered.map(versionOrder)).size).toBe(ordered.length);
    expect(['', 'x', '1.', '1.2.3.4', '-1', '1.2.3-', '1'.repeat(16), '1\n'].map(versionOrder)).toEqual(Array(8).fill(null));
  });
});

describe('what is refused', () => {
  it.each([
    ['', 0, /write @name/],
    ['site=ulm tier=a', 9, /separated by commas, and here stands "tier=a"/],
    ['site=ulm,', 9, /key of a label.*the end/],
    ['site=ulm,,tier', 9, /here stands ",tier"/],
    ['tier in a', 8, /\(a,b\)/],
    ['tier in (a,b', 12, /ends with "\)"/],
    ['site~ulm', 4, /After site follows/],
    ['a/b=c', 1, /After a follows/],
    ['!site=ulm', 5, /site!=/],
    ['site="Ulm West"', 5, /no value of a label/],
    ['site=ulm, @helth=healthy', 10, /no fact @helth: there are @name/],
    ['@health=sick', 8, /healthy, unhealthy, unknown/],
    ['@node-red=4.1', 10, /@node-red>=4.1,@node-red<4.2/],
    ['@node-red>new', 10, /4\.1/],
    ['@health>healthy', 8, /@health in/],
    ['@seen=5m', 6, /@seen>7d/],
    ['@seen>5', 6, /90s, 15m/],
    ['@digest=abc', 8, /64 hex/],
    ['@counter=x', 9, /whole number/],
    ['@name="a', 6, /double quotes/],
    ['@name="a\u0000"', 6, /control/],
    ['@release in (line/v3, v2)', 22, /application\/v2/],
    [`${'k'.repeat(64)}=a`, 0, /63/],
    ['a'.repeat(selectorLimits.characters + 1), selectorLimits.characters, /2000 characters/],
    [
      Array(selectorLimits.requirements + 1)
        .fill('a')
        .join(),
      64,
      /32 requirements/,
    ],
    [`a in (${Array.from({ length: selectorLimits.values + 1 }, (_, index) => index).join()})`, 0, /200 values/],
  ])('when it is %j, the place and the way out are named', (text, position, message) => {
    const parsed = parseSelector(text);
    expect(parsed).toMatchObject({ problem: { position, message: expect.stringMatching(message) } });
  });

  it('when it is any text at all, it is read or refused at a place within it', () => {
    const pieces = fc.constantFrom(
      'site',
      '@seen',
      '@release',
      '=',
      '!',
      '(',
      ')',
      ',',
      ' in ',
      'notin',
      '"',
      '\\',
      '<',
      '5m',
      ' ',
      'ü',
      '\ud800',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (words) => {
        const text = words.join('');
        const parsed = parseSelector(text);
        if ('problem' in parsed) expect(parsed.problem.position).toBeLessThanOrEqual(text.length);
        else expect(parsed.selector.length).toBeGreaterThan(0);
      }),
      { numRuns: 300 },
    );
  });
});
