import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type SnapshotContent, snapshotDigest } from './snapshot-content.ts';

const digest = 'a'.repeat(64);
const content: SnapshotContent = {
  flowsDigest: digest,
  credentialsDigest: null,
  package: { dependencies: { b: '1.0.0', a: '^2' }, nodeRedSettings: { flowFile: 'flows.json' } },
  lockDigest: digest,
  settings: { httpNodeRoot: '/api' },
  variables: [
    { name: 'PLC_HOST', required: true, secret: false },
    { name: 'ERP', required: false, secret: true, default: 'x' },
  ],
};

describe('snapshotDigest', () => {
  it('when computed, it is the digest of exactly this text, for ever', () => {
    const text =
      `{"credentialsDigest":null,"flowsDigest":"${digest}","lockDigest":"${digest}",` +
      '"package":{"dependencies":{"a":"^2","b":"1.0.0"},"nodeRedSettings":{"flowFile":"flows.json"}},"settings":{"httpNodeRoot":"/api"},' +
      '"variables":[{"default":"x","name":"ERP","required":false,"secret":true},{"name":"PLC_HOST","required":true,"secret":false}],"version":1}';
    expect(snapshotDigest(content)).toBe(createHash('sha256').update(text).digest('hex'));
  });

  it('when only an order differs, it is the same snapshot', () => {
    const dependencies = { a: '^2', b: '1.0.0' };
    const same = { ...content, package: { ...content.package, dependencies }, variables: [...content.variables].reverse() };
    expect(snapshotDigest(same)).toBe(snapshotDigest(content));
  });

  it.each<[string, Partial<SnapshotContent>]>([
    ['flows', { flowsDigest: 'b'.repeat(64) }],
    ['credentials', { credentialsDigest: digest }],
    ['a module', { package: { ...content.package, dependencies: { a: '^2' } } }],
    ['the lock', { lockDigest: null }],
    ['a setting', { settings: {} }],
    ['a variable', { variables: content.variables.slice(1) }],
  ])('when %s differ, it is another snapshot', (_, change) => {
    expect(snapshotDigest({ ...content, ...change })).not.toBe(snapshotDigest(content));
  });
});
