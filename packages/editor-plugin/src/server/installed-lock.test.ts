import { expect, it } from 'vitest';
import { lockInstallation } from './installed-lock.ts';

const registry = (name: string, version: string, more: object = {}) => ({
  version,
  resolved: `https://registry.example/${name}-${version}.tgz`,
  integrity: 'sha512-x',
  ...more,
});
const packages = {
  '': { dependencies: { 'node-red': '^5.0.0', modbus: '~5.23.0', unused: '1.0.0', '@sluice/editor-plugin': 'file:editor-plugin.tgz' } },
  'node_modules/node-red': registry('node-red', '5.0.7', { dependencies: { shared: '^2.0.0' } }),
  'node_modules/modbus': registry('modbus', '5.23.3', { dependencies: { shared: '^1.0.0' }, optionalDependencies: { absent: '1' } }),
  'node_modules/modbus/node_modules/shared': registry('shared', '1.4.0'),
  'node_modules/shared': registry('shared', '2.1.0', { peerDependencies: { modbus: '*' } }),
  'node_modules/unused': registry('unused', '1.0.0'),
  'node_modules/@sluice/editor-plugin': { version: '0.1.0', resolved: 'file:editor-plugin.tgz' },
};
const files = (lock: object, dependencies: object = {}) => ({
  packageJson: JSON.stringify({ dependencies }),
  lock: JSON.stringify({ lockfileVersion: 3, packages: lock }),
});
const used = { 'node-red': '5.0.7', modbus: '5.23.3' };

it('when the lock knows everything that the flows need, exactly that part comes along', () => {
  const { lock, notes } = lockInstallation(used, files(packages));
  expect(notes).toEqual([]);
  expect(Object.keys(lock?.['packages'] ?? {})).toEqual([
    '',
    'node_modules/node-red',
    'node_modules/modbus',
    'node_modules/modbus/node_modules/shared',
    'node_modules/shared',
  ]);
  expect(lock).toMatchObject({ lockfileVersion: 3, packages: { '': { dependencies: used } } });
});

it.each([
  ['the runtime is installed elsewhere', { ...packages, 'node_modules/node-red': undefined }],
  ['another version is installed than locked', { ...packages, 'node_modules/modbus': registry('modbus', '5.22.0') }],
  [
    'something that a module needs comes from elsewhere',
    { ...packages, 'node_modules/shared': { version: '2.1.0', resolved: 'git+ssh://host/x' } },
  ],
])('when %s, the lock stays here and that is said', (_what, lock) => {
  expect(lockInstallation(used, files(lock))).toEqual({ lock: undefined, notes: [{ code: 'NOT_LOCKED' }] });
});

it.each([
  ['a folder by package.json', files(packages, { modbus: 'file:../modbus' }), 'file:../modbus'],
  ['a git host by package.json', files(packages, { modbus: 'github:someone/modbus' }), 'github:someone/modbus'],
  ['a link by the lock', files({ ...packages, 'node_modules/modbus': { link: true, resolved: '../modbus' } }), '../modbus'],
])('when a module comes from %s, it is named with its source', (_what, given, source) => {
  expect(lockInstallation(used, given).notes).toContainEqual({ code: 'NOT_FROM_REGISTRY', module: 'modbus', source });
});

it('when there are no files, or broken ones, nothing is locked and nothing fails', () => {
  const unlocked = { lock: undefined, notes: [{ code: 'NOT_LOCKED' }] };
  expect(lockInstallation(used, { packageJson: undefined, lock: undefined })).toEqual(unlocked);
  expect(lockInstallation(used, { packageJson: '{', lock: '[1' })).toEqual(unlocked);
  expect(lockInstallation({ 'node-red': '5.0.7' }, { packageJson: undefined, lock: undefined }).notes).toEqual([]);
});
