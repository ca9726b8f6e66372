import { defaultHealthPolicy } from '@sluice/contracts';
import { flowsBytes, flowsRevision } from '@sluice/snapshot';
import { checkFile, generateSigningKey, parseReleaseManifest, sha256Hex, signRelease } from '@sluice/trust';
import { expect, it } from 'vitest';
import { buildManifest, nodeRangeOf, releaseFiles } from './manifest.ts';

const flows = [{ id: 't', type: 'tab' }];
const input = {
  organizationId: '01935b6e-8f00-7000-8000-000000000001',
  applicationId: '01935b6e-8f00-7000-8000-000000000002',
  snapshotDigest: 'a'.repeat(64),
  flows: flowsBytes(flows),
  flowsRevision: flowsRevision(flows),
  package: { dependencies: { 'node-red': '5.0.7' }, nodeRedSettings: {} },
  lock: Buffer.from('{}'),
  modules: Buffer.from('{}'),
  settings: {},
  variables: [],
  runtimeVersion: '5.0.7',
  healthPolicy: defaultHealthPolicy,
};
const place = { counter: 3, name: 'v3', createdAt: new Date(0) };

it('when a manifest is built, trust accepts it and every file fits its entry', () => {
  const manifest = buildManifest(input, place);
  expect(parseReleaseManifest(manifest)).toEqual(manifest);
  expect(() => signRelease(manifest, [generateSigningKey()])).not.toThrow();
  for (const { path, bytes } of releaseFiles(input)) {
    const entry = manifest.files.find((file) => file.path === path);
    expect(entry).toBeDefined();
    if (entry !== undefined) expect(() => checkFile(entry, bytes)).not.toThrow();
  }
  expect(manifest.lockDigest).toBe(sha256Hex(input.lock));
});

it('when a Node-RED version is given, the Node.js versions are those its package.json asks for', () => {
  expect(nodeRangeOf('5.0.7')).toBe('>=22.9.0');
  expect(nodeRangeOf('4.1.2')).toBe('>=18.5');
});
