import { expect, it } from 'vitest';
import { withList, withRule } from './draft.ts';

it('when a rule is set, only it changes; when it is left to the layer above, nothing of it stays', () => {
  const set = withRule({ exactVersions: true, rules: { lint: 'off' } }, 'exec', 'block');
  expect(set).toEqual({ exactVersions: true, rules: { lint: 'off', exec: 'block' } });
  expect(withRule(withRule(set, 'exec', null), 'lint', null)).toEqual({ exactVersions: true });
});

it('when a list is written, blank lines and repetitions do not count; when nothing is left, the layer says nothing', () => {
  const set = withList({}, 'allowedModules', ' @acme/* \n\nnode-red-contrib-s7\n@acme/*\n');
  expect(set).toEqual({ allowedModules: ['@acme/*', 'node-red-contrib-s7'] });
  expect(withList(set, 'allowedModules', ' \n')).toEqual({});
});
